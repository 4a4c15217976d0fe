import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import SQLite, { type Database } from 'better-sqlite3';
import { Trouble } from '../../src/base/errors.js';
import { NAME_TABLES } from '../../src/trace/names.js';
import { TABLES } from '../../src/trace/schema.js';
import { storedColumns, type Table } from '../../src/trace/table.js';
import { Generator } from './generated.js';
import { readEverything, recordImported } from './recording.js';
import { traceFor } from './temporary.js';

// Names are for people; replay does not look at them.
const RELIED_UPON = TABLES.filter((table) => !NAME_TABLES.includes(table));
const ROWS_TRIED = 2;
const EVENTS = 120;

type Cell = bigint | string | Uint8Array | null;

const noticed = { instanceOf: Trouble, message: /damaged trace|it is newer|cut short/ } as const;

/** Other values of the same column. */
function otherCells(cell: Cell, generator: Generator): Cell[] {
  if (cell === null) return [0n, 1n, 'text', new Uint8Array(3)];
  if (typeof cell === 'bigint') return [cell + 1n, cell - 1n, -cell - 1n, cell ^ 0x100n, BigInt.asIntN(64, cell ^ (1n << 62n))];
  if (typeof cell === 'string') return [`${cell} `, cell.slice(1) || 'x', ''].filter((other) => other !== cell);
  const flipped = Uint8Array.from(cell);
  if (flipped.length > 0) flipped[generator.number(flipped.length)]! ^= 1 << generator.number(8);
  return [flipped, cell.subarray(1), Uint8Array.from([...cell, 0])].filter(
    (other) => !isDeepStrictEqual(Buffer.from(other), Buffer.from(cell)),
  );
}

function keysOf(database: Database, table: Table): bigint[] {
  const key = table.columns[0]!.name;
  const keys = database.prepare(`SELECT "${key}" FROM ${table.name}`).pluck().safeIntegers().all() as bigint[];
  const step = Math.max(1, Math.floor(keys.length / ROWS_TRIED));
  return keys.filter((_, place) => place % step === 0);
}

/** Runs the change on a fresh copy; false where SQLite refuses it (a key that exists, a type). */
function changed(path: string, original: Uint8Array, change: (database: Database) => void): boolean {
  writeFileSync(path, original);
  const database = new SQLite(path);
  try {
    change(database);
    return true;
  } catch {
    return false;
  } finally {
    database.close();
  }
}

for (const table of RELIED_UPON) {
  test(`a changed cell of ${table.name} is noticed`, (t) => {
    const path = traceFor(t);
    recordImported(path, EVENTS, 5);
    const original = readFileSync(path);
    const source = new SQLite(path, { readonly: true });
    const generator = new Generator(9);
    const key = table.columns[0]!.name;
    let changes = 0;
    for (const id of keysOf(source, table)) {
      for (const { name } of storedColumns(table)) {
        const select = `SELECT "${name}" FROM ${table.name} WHERE "${key}" = ?`;
        const cell = source.prepare(select).pluck().safeIntegers().get(id) as Cell;
        for (const other of otherCells(cell, generator)) {
          const update = `UPDATE ${table.name} SET "${name}" = ? WHERE "${key}" = ?`;
          if (!changed(path + 'x', original, (copy) => copy.prepare(update).run(other, id))) continue;
          changes++;
          t.throws(() => readEverything(path + 'x'), noticed, `${table.name}.${name} of ${id}: ${String(other)}`);
        }
      }
    }
    t.true(changes > 0);
  });

  test(`a missing row of ${table.name} is noticed`, (t) => {
    const path = traceFor(t);
    recordImported(path, EVENTS, 5);
    const original = readFileSync(path);
    const source = new SQLite(path, { readonly: true });
    const key = table.columns[0]!.name;
    for (const id of keysOf(source, table)) {
      const remove = `DELETE FROM ${table.name} WHERE "${key}" = ?`;
      t.true(changed(path + 'x', original, (copy) => copy.prepare(remove).run(id)));
      t.throws(() => readEverything(path + 'x'), noticed, `${table.name} ${id}`);
    }
  });

  // Rows that nothing refers to hurt nobody.
  if (['contents', 'blocks'].includes(table.name)) continue;

  test(`an additional row of ${table.name} is noticed`, (t) => {
    const path = traceFor(t);
    recordImported(path, EVENTS, 5);
    const original = readFileSync(path);
    const source = new SQLite(path, { readonly: true });
    const [key, ...others] = storedColumns(table).map((column) => `"${column.name}"`);
    for (const id of keysOf(source, table)) {
      for (const other of [id + 1n, id + 2n ** 40n, -id, id % 2n ** 20n]) {
        const columns = others.join(', ');
        const insert = `INSERT INTO ${table.name} (${key}, ${columns}) SELECT ?, ${columns} FROM ${table.name} WHERE ${key} = ?`;
        if (!changed(path + 'x', original, (copy) => copy.prepare(insert).run(other, id))) continue;
        t.throws(() => readEverything(path + 'x'), noticed, `${table.name} ${id} as ${other}`);
      }
    }
    t.notThrows(() => readEverything(path), 'the trace itself stays whole');
  });
}

test('two events that changed places are noticed', (t) => {
  const path = traceFor(t);
  recordImported(path, EVENTS, 5);
  const database = new SQLite(path);
  database.exec('UPDATE events SET id = -1 WHERE id = 10; UPDATE events SET id = 10 WHERE id = 11; UPDATE events SET id = 11 WHERE id = -1');
  database.close();
  t.throws(() => readEverything(path), noticed);
});

test('a flipped bit anywhere in the file is noticed or changes nothing', (t) => {
  const path = traceFor(t);
  recordImported(path, EVENTS, 6);
  const original = readFileSync(path);
  const expected = readEverything(path);
  const generator = new Generator(11);
  let found = 0;
  for (let flips = 0; flips < 400; flips++) {
    const bytes = Uint8Array.from(original);
    // Half of them in the first pages, which hold the header and the schema.
    const at = generator.number(flips % 2 === 0 ? bytes.length : Math.min(bytes.length, 40960));
    bytes[at]! ^= 1 << generator.number(8);
    writeFileSync(path, bytes);
    try {
      t.true(isDeepStrictEqual(readEverything(path), expected), `byte ${at}`);
    } catch (error) {
      if (!(error instanceof Trouble && error.kind === 'trace')) throw error;
      found++;
    }
  }
  t.true(found > 50, `${found} of 400`);
});

/** The table of calls: CSV against the trace, Parquet, as DuckDB reads it, against CSV. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { CALL_COLUMNS, openTrace, statTraces, type ExportOptions } from '../../src/index.js';
import { syscallName } from '../../src/syscalls/index.js';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { writeLongTrace } from '../harness/long-trace.js';
import { readFileSync } from 'node:fs';
import { eventsOf, exported, golden, GOLDEN } from './exported.js';

type Row = Readonly<Record<string, string | null>>;

/** RFC 4180; an empty field without quotes is null. */
function parseCsv(text: string): Row[] {
  const records: (string | null)[][] = [[]];
  let rest = text;
  while (rest !== '') {
    const [whole, quoted, plain, end] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest)!;
    records.at(-1)!.push(quoted !== undefined ? quoted.replaceAll('""', '"') : plain === '' ? null : plain!);
    if (end === '\r\n') records.push([]);
    rest = rest.slice(whole.length);
  }
  const [columns, ...rows] = records.slice(0, -1);
  return rows.map((cells) => Object.fromEntries(cells.map((cell, index) => [columns![index]!, cell])));
}

const csv = (path: string, options: Omit<ExportOptions, 'format'> = {}): Row[] => parseCsv(exported(path, { format: 'csv', ...options }).toString());

async function duck(t: ExecutionContext): Promise<DuckDBConnection> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  t.teardown(() => connection.closeSync());
  return connection;
}

/** All cells as text, as a CSV has them. */
async function rowsOf(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  const rows = (await connection.runAndReadAll(sql)).getRowObjects();
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell === null ? null : String(cell)])));
}

function write(t: ExecutionContext, path: string, options: Omit<ExportOptions, 'format'> = {}): string {
  const file = join(temporaryFolder(t), 'calls.parquet');
  writeFileSync(file, exported(path, { format: 'parquet', ...options }));
  return file;
}

for (const name of GOLDEN) {
  test(`${name}: a row for each call, with what its events hold`, (t) => {
    const events = eventsOf(golden(name));
    const rows = csv(golden(name));
    t.deepEqual(Object.keys(rows[0]!), CALL_COLUMNS.map((column) => column.name));
    const reader = openTrace(golden(name));
    t.teardown(() => reader.close());
    const { total } = statTraces([reader]).traces[0]!;
    const sum = (column: string): number => rows.reduce((all, row) => all + Number(row[column] ?? 0), 0);
    t.is(rows.length, total.calls);
    t.is(sum('duration'), total.time);
    t.is(rows.filter(({ errno }) => errno !== null).length, total.errors);
    t.is(rows.filter(({ returned }) => returned === null).length, total.unreturned);
    t.is(rows.filter(({ since }) => since === 'entry').length, total.entered);
    const tasks = new Map(reader.tasks().map((task) => [`${task.task}`, task]));
    for (const row of rows) {
      const [begun, end] = [events[Number(row.event) - 1]!, events[Number(row.returned ?? row.event) - 1]!];
      const { number, arguments: words, result } = end.syscall!;
      t.is(row.call, syscallName(number));
      t.is(row.kind, begun.kind);
      t.is(row.result, result === undefined ? null : `${result}`);
      t.deepEqual([0, 1, 2, 3, 4, 5].map((index) => row[`arg${index}`]), words.map((word) => `${BigInt.asIntN(64, word)}`));
      t.is(Number(row.time) + Number(row.duration), end.kind === 'enter' ? begun.time : end.time);
      const { pid, group } = tasks.get(row.task!)!;
      t.deepEqual([row.pid, row.tid], [`${group}`, `${pid}`]);
    }
    t.deepEqual(rows.map(({ returned, event }) => Number(returned ?? event)).filter((each, at, all) => at > 0 && rows[at]!.returned !== null && rows[at - 1]!.returned !== null && each <= all[at - 1]!), []);
  });

  test(`${name}: Parquet holds what CSV holds`, async (t) => {
    const connection = await duck(t);
    t.deepEqual(await rowsOf(connection, `SELECT * FROM '${write(t, golden(name))}'`), csv(golden(name)));
  });
}

test('columns have their types, and NULL where the documents say so', async (t) => {
  const connection = await duck(t);
  const file = write(t, golden('files'));
  const described = (await connection.runAndReadAll(`DESCRIBE SELECT * FROM '${file}'`)).getRows();
  const types = { int64: 'BIGINT', int32: 'INTEGER', text: 'VARCHAR' };
  t.deepEqual(described.map(([column, type]) => [column, type]), CALL_COLUMNS.map(({ name, type }) => [name, types[type]]));
  const schema = (await connection.runAndReadAll(`SELECT name, repetition_type FROM parquet_schema('${file}') WHERE num_children IS NULL`)).getRows();
  t.deepEqual(schema, CALL_COLUMNS.map(({ name, absent }) => [name, absent === undefined ? 'REQUIRED' : 'OPTIONAL']));
});

test('docs/export.md describes the columns as they are', (t) => {
  const text = readFileSync(join(CHECKOUT, 'docs/export.md'), 'utf8');
  for (const { name, type, doc, absent } of CALL_COLUMNS) t.true(text.includes(`| \`${name}\` | ${type} | ${doc} | ${absent ?? 'never'} |`), name);
});

test('text that a spreadsheet or a terminal would take for more than text', (t) => {
  const rows = csv(golden('files'), { label: 'a "b",\n\x1b[31mc' });
  t.is(rows[0]!.trace, 'a "b",\\x0a\\x1b[31mc');
});

test('the program and the file of a call are those of its time', (t) => {
  const rows = csv(golden('processes'));
  const programs = new Set(rows.map(({ program }) => program));
  t.true(programs.size >= 2);
  const execs = rows.filter(({ call, result, event }) => call === 'execve' && result === '0' && event !== '1');
  for (const exec of execs) {
    const next = rows.find(({ task, event }) => task === exec.task && Number(event) > Number(exec.event))!;
    t.true(exec.arguments!.startsWith(`${JSON.stringify(next.program)},`), exec.arguments!);
    t.is(exec.file, next.program);
  }
  t.true(csv(golden('files')).some(({ call, file }) => call === 'write' && file === 'pipe#1[w]'));
});

test('a part of a trace: calls that end in it, with the whole of what they took', (t) => {
  const whole = csv(golden('processes'));
  const waited = whole.find(({ since }) => since === 'entry')!;
  const [from, to] = [Number(waited.event) + 1, Number(waited.returned)];
  const part = csv(golden('processes'), { from, to });
  t.deepEqual(part.find(({ event }) => event === waited.event), waited);
  const returned = (row: Row): boolean => row.returned !== null && Number(row.returned) >= from && Number(row.returned) <= to;
  t.deepEqual(part.filter(returned), whole.filter(returned));
  t.true(csv(golden('processes'), { to: to - 1 }).some(({ event, returned: end }) => event === waited.event && end === null));
  t.deepEqual(csv(golden('processes'), { tasks: [2] }), whole.filter(({ task }) => task === '2'));
});

test('several row groups, and one query over several files', async (t) => {
  const folder = temporaryFolder(t);
  const paths = [1, 2].map((seed) => join(folder, `${seed}.trace`));
  paths.forEach((path, index) => {
    writeLongTrace(path, { events: 20_000, seed: index + 1 });
    writeFileSync(join(folder, `${index}.parquet`), exported(path, { format: 'parquet', ...(index === 1 && { label: 'second' }) }));
  });
  const connection = await duck(t);
  const [groups] = await rowsOf(connection, `SELECT count(DISTINCT row_group_id) AS groups FROM parquet_metadata('${join(folder, '0.parquet')}')`);
  t.is(groups!.groups, '2');
  const counted = await rowsOf(connection, `SELECT trace, count(*) AS calls, count(DISTINCT event) AS events, max(event) AS last FROM '${folder}/*.parquet' GROUP BY trace ORDER BY trace`);
  t.deepEqual(counted, [paths[0]!, 'second'].map((trace) => ({ trace, calls: '20000', events: '20000', last: '20000' })));
});

test('no calls at all is a table without rows', async (t) => {
  const connection = await duck(t);
  const [first] = eventsOf(golden('files')).filter(({ syscall }) => syscall === undefined);
  const options = { from: first!.index, to: first!.index };
  t.deepEqual(csv(golden('files'), options), []);
  t.deepEqual(await rowsOf(connection, `SELECT count(*) AS calls FROM '${write(t, golden('files'), options)}'`), [{ calls: '0' }]);
});

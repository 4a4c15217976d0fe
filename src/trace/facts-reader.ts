/** Reads the tables of a trace that have no events in them, and checks each row. */
import type { Database } from 'better-sqlite3';
import { rowCheck } from './cell-types.js';
import { Damage } from './damage.js';
import { EVENT_TABLES, keyScale } from './event-tables.js';
import type { EndFacts, ImportCounts, MemoryObject, SessionFacts } from './events.js';
import type { Row } from './row.js';
import { OBJECTS } from './schema-contents.js';
import { ENDING, HOST, IMPORT_COUNTS, IMPORT_SOURCE, SESSION, TOTALS } from './schema-session.js';
import {
  checksumHolds,
  endedAfter,
  endFacts,
  importCountsOf,
  importSourceOf,
  objectOf,
  sessionFacts,
  totalsOf,
  type Totals,
} from './single-rows.js';
import { selectAll, type Table } from './table.js';

/** What the trace must hold; checks that its tables end where it says. */
export function readTotals(database: Database): Totals {
  const totals = totalsOf(onlyRow(database, TOTALS));
  for (const table of EVENT_TABLES) {
    const key = table.columns[0]!.name;
    const scale = keyScale(table);
    // Either alone is one step in the tree, both in one SELECT are a scan.
    const end = (which: string): string => `(SELECT ${which}("${key}") FROM ${table.name})`;
    const sql = `SELECT ${end('min')}, ${end('max')}`;
    const [first, last] = database.prepare(sql).raw().get() as [number | null, number | null];
    if (first === null || last === null) continue;
    if (first < scale || last >= (totals.events + 1) * scale) {
      throw new Damage(`a row of ${table.name} belongs to no event`);
    }
  }
  return totals;
}

export function readSession(database: Database): SessionFacts {
  if (rowsOf(database, SESSION).length === 0 && readTotals(database).events === 0) {
    throw new Damage('its recording was cut short before it began');
  }
  const session = sessionFacts(onlyRow(database, SESSION), onlyRow(database, HOST));
  const source = optionalRow(database, IMPORT_SOURCE);
  return source === undefined ? session : { ...session, imported: importSourceOf(source) };
}

/** Undefined where the recording was cut short or still runs. */
export function readEnd(database: Database, totals: Totals): EndFacts | undefined {
  if (!totals.complete) {
    if (rowsOf(database, ENDING).length > 0) throw new Damage('it has an end but is not complete');
    return undefined;
  }
  const row = onlyRow(database, ENDING);
  if (endedAfter(row) !== totals.events) throw new Damage('events are missing at its end');
  return endFacts(row);
}

/** Undefined in a recorded trace, and where the import was cut short. */
export function readImportCounts(database: Database, { complete }: Totals): ImportCounts | undefined {
  const counts = optionalRow(database, IMPORT_COUNTS);
  const isImported = optionalRow(database, IMPORT_SOURCE) !== undefined;
  if (counts === undefined ? isImported && complete : !isImported) {
    throw new Damage('half of what tells of its import is missing');
  }
  return counts && importCountsOf(counts);
}

export function readObjects(database: Database): MemoryObject[] {
  return database.transaction(() => {
    const rows = rowsOf(database, OBJECTS);
    if (rows.length !== readTotals(database).objects) throw new Damage('an object is missing');
    return rows.map(objectOf);
  })();
}

function onlyRow(database: Database, table: Table): Row {
  const [row, ...more] = rowsOf(database, table);
  if (row === undefined || more.length > 0) {
    throw new Damage(`${table.name} has ${more.length + (row ? 1 : 0)} rows instead of one`);
  }
  return row;
}

function optionalRow(database: Database, table: Table): Row | undefined {
  const rows = rowsOf(database, table);
  return rows.length === 0 ? undefined : onlyRow(database, table);
}

// The integers of these rows are bigints.
function rowsOf(database: Database, table: Table): Row[] {
  const rows = database.prepare(selectAll(table)).raw().safeIntegers().all() as Row[];
  const check = rowCheck(table, true);
  for (const row of rows) {
    check(row);
    if (!checksumHolds(row)) throw new Damage(`a row of ${table.name} has a wrong checksum`);
  }
  return rows;
}

/** Makes the tables, views and name rows of a new trace. */
import type { Database } from 'better-sqlite3';
import { nameRows, type Names } from './names.js';
import { TABLES } from './schema.js';
import { TOTALS } from './schema-session.js';
import { totalsRow } from './single-rows.js';
import { createTable, insertInto } from './table.js';
import { createView, VIEWS } from './views.js';

/** Makes the tables and views of an empty trace in an empty database. */
export function createSchema(database: Database, names: Names): void {
  const rows = nameRows(names);
  for (const table of TABLES) {
    database.exec(createTable(table));
    const insert = database.prepare(insertInto(table));
    for (const row of rows.get(table.name) ?? []) insert.run(row);
  }
  for (const view of VIEWS) database.exec(createView(view));
  database.prepare(insertInto(TOTALS)).run(totalsRow({ events: 0, objects: 0, complete: false }));
}

/** The rows of one table in order of their events. */
import type { Database, Statement } from 'better-sqlite3';
import { rowCheck, type RowCheck } from './cell-types.js';
import type { ContentReader } from './content-reader.js';
import { Damage } from './damage.js';
import type { Row, RowCodec } from './row.js';
import { selectRange, storedColumns } from './table.js';

/** What a stream needs to know of the values in its table. */
export type StreamedTable = Pick<RowCodec<never>, 'table' | 'wide'>;

/** The rows of one table in the order of their keys, fetched a range at a time. */
export class RowStream {
  private readonly select: Statement<[number, number]>;
  private readonly check: RowCheck;
  private readonly contentAt: number;
  private rows: Row[] = [];
  private next = 0;

  constructor(
    database: Database,
    { table, wide }: StreamedTable,
    private readonly contents: ContentReader,
  ) {
    this.select = database.prepare<[number, number]>(selectRange(table)).raw();
    if (wide === true) this.select.safeIntegers();
    this.check = rowCheck(table, wide === true);
    this.contentAt = storedColumns(table).findIndex((column) => column.name === 'content');
  }

  /** Fetches the rows with `from <= key < to`; what was fetched before is dropped. Quick only within a transaction. */
  load(from: number, to: number): void {
    this.rows = this.select.all(from, to) as Row[];
    this.next = 0;
    for (const row of this.rows) {
      this.check(row);
      if (this.contentAt < 0) continue;
      const id = row[this.contentAt];
      if (typeof id === 'number') row[this.contentAt] = this.contents.find(id) ?? id;
    }
  }

  /** The next row if its key is below the limit. Throws Damage where its content is missing. */
  takeBelow(limit: number): Row | undefined {
    const row = this.rows[this.next];
    if (row === undefined || Number(row[0]) >= limit) return undefined;
    this.next++;
    const content = this.contentAt < 0 ? null : row[this.contentAt];
    if (typeof content === 'number') throw new Damage(`content ${content} is missing`);
    return row;
  }

  /** True where every fetched row was taken. */
  get isUsedUp(): boolean {
    return this.next === this.rows.length;
  }
}

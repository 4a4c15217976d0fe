/** Questions in SQL about a trace, which they cannot change. */
import type { Database, Statement } from 'better-sqlite3';
import { Trouble } from '../base/errors.js';
import { Damage, damaged } from './damage.js';

/** What a column of a result holds; all integers are bigints. */
export type QueryCell = bigint | number | string | Uint8Array | null;

const GAP = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*[^]*?(?:\*/|$))*`;

/** Some pragmas take effect as soon as they are prepared, even behind EXPLAIN (sqlite.org/pragma.html). */
const PRAGMA = new RegExp(`^${GAP}(?:explain\\b${GAP}(?:query\\b${GAP}plan\\b${GAP})?)?pragma\\b`, 'i');

/** One SELECT, ready to be run. */
export class TraceQuery {
  /** Names of the columns, in order; several may have the same. */
  readonly columns: readonly string[];
  private readonly statement: Statement<[]>;

  /** Throws Trouble('usage') with SQLite's words for what is no SQL, and for everything that is no reading. */
  constructor(database: Database, sql: string) {
    if (PRAGMA.test(sql)) throw new Trouble('usage', 'query: traces are read only; instead of PRAGMA NAME say SELECT * FROM pragma_NAME');
    this.statement = asking(() => database.prepare<[]>(sql));
    if (!this.statement.readonly || !this.statement.reader) throw new Trouble('usage', 'query: traces are read only; ask by SELECT');
    this.statement.raw().safeIntegers();
    this.columns = this.statement.columns().map(({ name }) => name);
  }

  /** The rows one by one, in bounded memory; run anew each time. */
  *rows(): IterableIterator<readonly QueryCell[]> {
    const rows = asking(() => this.statement.iterate()) as IterableIterator<QueryCell[]>;
    try {
      for (let row = asking(() => rows.next()); !row.done; row = asking(() => rows.next())) yield row.value;
    } finally {
      rows.return?.();
    }
  }
}

/** Runs a part of a question; what fails is the trace's fault, or else the question's. */
function asking<Result>(ask: () => Result): Result {
  try {
    return ask();
  } catch (error) {
    if (isDamage(error)) throw damaged('query', error);
    throw new Trouble('usage', `query: ${(error as Error).message.replace(/\s+/g, ' ')}`, { cause: error });
  }
}

const isDamage = (error: unknown): boolean =>
  error instanceof Damage || /^SQLITE_(CORRUPT|NOTADB|IOERR)/.test((error as { code?: string }).code ?? '');

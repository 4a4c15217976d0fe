/** Writes traces. */
import SQLite, { type Database, type Statement } from 'better-sqlite3';
import type { EventIndex } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { callArguments } from '../base/registers.js';
import { BegunCalls } from './begun-calls.js';
import { Checksum } from './checksum.js';
import { ContentWriter } from './content-writer.js';
import { Content } from './content.js';
import { createSchema } from './create-schema.js';
import { CONTENT_ROWS, EFFECT_ROWS } from './effect-rows.js';
import { checksumNumber, FACT_TABLES } from './event-tables.js';
import {
  EVENT_KINDS,
  type Effect,
  type EndFacts,
  type ImportCounts,
  type MemoryObject,
  type ObjectContent,
  type SessionFacts,
  type NewEvent,
  type TraceEvent,
} from './events.js';
import { ALL_ARGUMENTS, INPUT_ROWS, type StoredCall } from './fact-rows.js';
import { APPLICATION_ID, FORMAT_VERSION, POSITIONS, TICK } from './format.js';
import { integerCell } from './integers.js';
import type { Names } from './names.js';
import { makeFile } from './new-file.js';
import { RegisterHistory } from './register-history.js';
import type { Row, RowCodec } from './row.js';
import { TABLES } from './schema.js';
import { ENDING, HOST, IMPORT_COUNTS, IMPORT_SOURCE, SESSION, TOTALS } from './schema-session.js';
import { OBJECTS } from './schema-contents.js';
import { EVENTS } from './schema-events.js';
import { endRow, hostRow, importCountsRow, importSourceRow, objectRow, sessionRow, totalsRow } from './single-rows.js';
import type { TraceSink } from './sink.js';
import { storing } from './storage.js';
import { insertInto, type Table } from './table.js';

export interface WriterOptions {
  /** Replaces an existing file. */
  readonly force?: boolean;
  /** Names for the views, for people with an SQL shell. */
  readonly names?: Names;
}

// A commit is due after so many events or milliseconds, whichever comes first.
const COMMIT_EVENTS = 4096;
const COMMIT_MILLISECONDS = 250;

// How long the end of a recording waits for someone who reads the trace at that moment.
const BUSY_MILLISECONDS = 200;

// What a row costs besides its blobs, about; for bytesWritten only. Bytes.
const ROW_COST = 24;

const EVENTS_NUMBER = checksumNumber(EVENTS);

/** An event whose call has its arguments. */
type StoredEvent = Omit<TraceEvent, 'index' | 'syscall'> & { readonly syscall?: StoredCall };

/** The event with the arguments of its call, which its registers hold. */
function withArguments(event: NewEvent): StoredEvent {
  const { syscall, registers } = event;
  if (!syscall || syscall.arguments) return event as StoredEvent;
  if (!registers) throw new RangeError('a call without registers needs its arguments');
  return { ...event, syscall: { ...syscall, arguments: callArguments(registers) } };
}

/** Writes a new trace, at once. One process writes a trace; others may read it at the same time. */
export class TraceWriter implements TraceSink {
  private readonly inserts = new Map<Table, Statement>();
  private readonly contents: ContentWriter;
  private readonly begins: Statement;
  private readonly commits: Statement;
  private readonly putTotals: Statement;
  private readonly registers = new RegisterHistory();
  private readonly calls = new BegunCalls();
  private readonly checksum = new Checksum();
  private pieces: Row[] = [];
  private events = 0;
  private objects = 0;
  private rowBytes = 0;
  private uncommitted = 0;
  private committedAt = performance.now();
  private broken = false;

  private constructor(
    private readonly path: string,
    private readonly database: Database,
    pressure: () => number,
  ) {
    for (const table of TABLES) this.inserts.set(table, database.prepare(insertInto(table)));
    this.contents = new ContentWriter(database, pressure);
    this.begins = database.prepare('BEGIN');
    this.commits = database.prepare('COMMIT');
    this.putTotals = database.prepare(insertInto(TOTALS, 'REPLACE'));
  }

  /** Makes the file with its schema. Trouble('storage') where it exists (without force) or cannot be made. */
  static create(path: string, options: WriterOptions): TraceWriter {
    makeFile(path, options.force === true);
    return storing(path, () => {
      const database = new SQLite(path, { timeout: BUSY_MILLISECONDS });
      database.pragma('synchronous = OFF');
      database.pragma('auto_vacuum = INCREMENTAL');
      // These go into the file itself before it gets a write-ahead log: whoever looks at the first
      // page alone can tell what it is.
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${FORMAT_VERSION}`);
      database.pragma('journal_mode = WAL');
      database.transaction(() => createSchema(database, options.names ?? {}))();
      return new TraceWriter(path, database, () => 0);
    });
  }

  /**
   * Goes on with a trace that another writer began and handed over. `pressure` answers how much quick counts more
   * than small: from 0, where there is nothing else to do, to 1, where somebody waits.
   */
  static resume(path: string, pressure: () => number): TraceWriter {
    return storing(path, () => {
      const database = new SQLite(path, { timeout: BUSY_MILLISECONDS, fileMustExist: true });
      database.pragma('synchronous = OFF');
      return new TraceWriter(path, database, pressure);
    });
  }

  /** Closes a trace that is begun and has no events yet; another writer resumes it. */
  handOver(): void {
    this.storing(() => this.database.close());
  }

  /** Stores what is recorded, at once. Call it before anything else. */
  begin(session: SessionFacts): void {
    this.storing(() => {
      this.insert(SESSION, sessionRow(session));
      this.insert(HOST, hostRow(session.host));
      if (session.imported) this.insert(IMPORT_SOURCE, importSourceRow(session.imported));
    });
    this.commit();
  }

  /** The index that the next appended event gets. */
  get nextIndex(): EventIndex {
    return (this.events + 1) as EventIndex;
  }

  /** Bytes of the trace so far, about. */
  get bytesWritten(): number {
    return this.rowBytes + this.contents.bytesWritten;
  }

  /**
   * Stores an event; its bytes are copied. Commits where that is due; a recorder that waits long for
   * its guest should commit before.
   */
  append(event: NewEvent): EventIndex {
    const index = this.nextIndex;
    this.storing(() => this.store(index, this.withoutRepetition(index, withArguments(event))));
    this.events = index;
    if (this.isCommitDue()) this.commit();
    return index;
  }

  /** Stores an object; call it before the first event that names it. */
  object(object: MemoryObject): void {
    this.storing(() => this.insert(OBJECTS, objectRow(object)));
    this.objects++;
  }

  /**
   * Stores a piece of an object's content with the event that is appended next; its bytes are
   * copied. Throws RangeError where `event` is another than nextIndex.
   */
  content(content: ObjectContent): void {
    if (content.event !== this.nextIndex) {
      throw new RangeError(`content of event ${content.event} before event ${this.nextIndex}`);
    }
    this.storing(() => {
      const key = content.event * POSITIONS + this.pieces.length;
      this.transact();
      this.pieces.push(CONTENT_ROWS.encode(key, content, this.contents, this.registers));
    });
  }

  /** Makes everything so far outlive the recorder. Appending does it too, four times a second. */
  commit(): void {
    this.committedAt = performance.now();
    this.uncommitted = 0;
    if (!this.database.inTransaction) return;
    this.storing(() => {
      this.contents.flush();
      this.putTotals.run(...totalsRow({ events: this.events, objects: this.objects, complete: false }));
      this.commits.run();
    });
  }

  /** Whether improve() has something to do. */
  get improvable(): boolean {
    return this.contents.improvable;
  }

  /** Makes the trace smaller, for somebody who has a tenth of a second; commits where that is due. */
  improve(): void {
    this.storing(() => {
      this.transact();
      this.contents.improve();
    });
    if (performance.now() - this.committedAt >= COMMIT_MILLISECONDS) this.commit();
  }

  /** Stores what an import made of its log, once, before the trace is finished or closed. */
  imported(counts: ImportCounts): void {
    this.storing(() => this.insert(IMPORT_COUNTS, importCountsRow(counts)));
  }

  /** Marks the trace complete, leaves exactly one file, and closes. */
  finish(end: EndFacts): void {
    this.storing(() => {
      this.insert(ENDING, endRow(end, this.events));
      this.contents.finish();
      this.putTotals.run(...totalsRow({ events: this.events, objects: this.objects, complete: true }));
      this.commits.run();
      this.tidy();
    });
    this.database.close();
  }

  /** Commits and closes without marking the trace complete. Closing twice is nothing. */
  close(): void {
    if (!this.database.open) return;
    try {
      if (this.broken) return;
      this.storing(() => {
        this.transact();
        this.contents.finish();
      });
      this.commit();
      this.tidy();
    } finally {
      this.database.close();
    }
  }

  /** A call that returns later repeats its arguments, as a rule. */
  private withoutRepetition(index: EventIndex, event: StoredEvent): StoredEvent {
    const { syscall } = event;
    this.calls.reach(index);
    if (!syscall) return event;
    const count = syscall.argumentCount ?? ALL_ARGUMENTS;
    if (syscall.result === undefined) this.calls.begin(index, syscall.arguments, count);
    if (syscall.entered === undefined) return event;
    return { ...event, syscall: { ...syscall, ...this.calls.end(syscall.entered, syscall.arguments, count) } };
  }

  private store(index: EventIndex, event: StoredEvent): void {
    const { checksum, registers } = this;
    if (Math.max(event.inputs.length, event.effects.length, this.pieces.length) > POSITIONS) {
      throw new RangeError(`an event has at most ${POSITIONS} effects, inputs or pieces`);
    }
    registers.begin(index, event);
    const row: Row = [
      index,
      integerCell(event.task),
      EVENT_KINDS.indexOf(event.kind),
      integerCell(Math.floor(event.time / TICK)),
      event.registers === undefined ? null : registers.encodeArrival(event.task, event.registers, event.syscall),
    ];
    if (event.syscall?.result !== undefined) registers.returned(event.task, event.syscall.result);
    checksum.begin();
    checksum.row(EVENTS_NUMBER, row, 0);
    for (const fact of FACT_TABLES) {
      const value = fact.of(event);
      if (value !== undefined) this.storeValue(fact.codec, index, value as never);
    }
    const first = index * POSITIONS;
    event.inputs.forEach((input, place) => this.storeValue(INPUT_ROWS, first + place, input));
    for (const piece of this.pieces) this.storeRow(CONTENT_ROWS.table, piece);
    this.pieces = [];
    event.effects.forEach((effect, place) => {
      this.storeValue(EFFECT_ROWS[effect.type] as RowCodec<Effect>, first + place, effect);
    });
    if (event.exit) registers.gone(event.task);
    row.push(checksum.value());
    this.insert(EVENTS, row);
  }

  private storeValue<Value>(codec: RowCodec<Value>, key: number, value: Value): void {
    this.storeRow(codec.table, codec.encode(key, value, this.contents, this.registers));
  }

  private storeRow(table: Table, row: Row): void {
    this.checksum.row(checksumNumber(table), row, 1);
    const last = row.length - 1;
    const content = row[last];
    if (content instanceof Content) row[last] = content.id;
    this.insert(table, row);
  }

  private insert(table: Table, row: Row): void {
    this.transact();
    this.inserts.get(table)!.run(row);
    this.rowBytes += ROW_COST;
    for (const cell of row) if (cell instanceof Uint8Array) this.rowBytes += cell.length;
  }

  private transact(): void {
    if (!this.database.inTransaction) this.begins.run();
  }

  private isCommitDue(): boolean {
    if (++this.uncommitted >= COMMIT_EVENTS) return true;
    return performance.now() - this.committedAt >= COMMIT_MILLISECONDS;
  }

  // Where somebody reads the trace just now, or the disk is full, it stays as it is: nothing is
  // lost, but the log stays beside it.
  private tidy(): void {
    const { database } = this;
    try {
      database.pragma('wal_checkpoint(TRUNCATE)');
      database.pragma('journal_mode = DELETE');
      // What the last open block took while it was not packed.
      database.pragma('incremental_vacuum');
    } catch (error) {
      const code = String((error as { code?: string }).code);
      if (!code.startsWith('SQLITE_BUSY') && !code.startsWith('SQLITE_FULL')) throw error;
    }
  }

  private storing(store: () => void): void {
    if (this.broken) throw new Trouble('storage', `cannot write ${this.path} after a failure`);
    this.broken = true;
    storing(this.path, store);
    this.broken = false;
  }
}

/** Reads traces. */
import type { Database } from 'better-sqlite3';
import type { EventIndex, TaskId } from '../base/brands.js';
import { ContentReader } from './content-reader.js';
import { reading } from './damage.js';
import { CONTENT_ROWS } from './effect-rows.js';
import { EventReader } from './event-reader.js';
import { EVENT_FORMAT } from './event-tables.js';
import type {
  EndFacts,
  ImportCounts,
  MemoryObject,
  ObjectContent,
  SessionFacts,
  TraceEvent,
} from './events.js';
import { POSITIONS } from './format.js';
import { EVENT_FORMAT_4 } from './format-4.js';
import { openDatabase, type OpenDatabase } from './open-database.js';
import { readEnd, readImportCounts, readObjects, readSession, readTotals } from './facts-reader.js';
import { TraceQuery } from './query.js';
import { QueryFunctions } from './query-functions.js';
import { RowStream } from './row-stream.js';
import { summarize, taskSummaries, type TaskSummary, type TraceSummary } from './summary.js';

/** Which events to read; all bounds are inclusive and may lie outside of the trace. */
export interface EventRange {
  readonly from?: EventIndex;
  readonly to?: EventIndex;
  readonly task?: TaskId;
}

/**
 * Reads a trace: finished, still being written, or left by a killed recorder. Everything that it
 * gives out was checked; what does not hold what the recorder wrote throws
 * Trouble('trace', 'damaged trace: …').
 */
export class TraceReader {
  readonly session: SessionFacts;
  /** How the recording ended; absent where it was cut short or still runs. */
  readonly end?: EndFacts;
  /** What an import made of its log; absent in recorded traces. */
  readonly importCounts?: ImportCounts;
  readonly formatVersion: number;
  /** Number of events when the trace was opened. */
  readonly eventCount: number;
  private readonly database: Database;
  private readonly contentBytes: ContentReader;
  // Pieces are decoded without registers; this one stays empty.
  private readonly registers = EVENT_FORMAT.registers();
  private readonly pieces: RowStream;
  private withContents: ReadonlySet<number> | undefined;
  private functions: QueryFunctions | undefined;

  private constructor(
    private readonly open: OpenDatabase,
    /** Where it was opened. */
    readonly path: string,
  ) {
    const database = open.database;
    this.database = database;
    this.formatVersion = database.pragma('user_version', { simple: true }) as number;
    const totals = readTotals(database);
    this.session = readSession(database);
    this.eventCount = totals.events;
    const end = readEnd(database, totals);
    if (end !== undefined) this.end = end;
    const counts = readImportCounts(database, totals);
    if (counts !== undefined) this.importCounts = counts;
    this.contentBytes = new ContentReader(database);
    this.pieces = new RowStream(database, CONTENT_ROWS, this.contentBytes);
  }

  /**
   * Opens a trace. Throws Trouble('trace') with one line for what is missing, unreadable, no
   * trace, newer than this code or damaged.
   */
  static open(path: string): TraceReader {
    const open = openDatabase(path);
    try {
      return reading(path, () => {
        const begin = open.database.transaction(() => new TraceReader(open, path));
        return begin();
      });
    } catch (error) {
      open.release();
      throw error;
    }
  }

  /** True where the recording ended by itself. */
  get complete(): boolean {
    return this.end !== undefined;
  }

  /**
   * Events in order, in bounded memory. Each pass decodes from the keyframe before `from`, also
   * what it does not give out.
   */
  *events(range: EventRange = {}): IterableIterator<TraceEvent> {
    const from = Math.max(1, range.from ?? 1);
    const last = Math.min(this.eventCount, range.to ?? this.eventCount);
    const events = reading('events', () => new EventReader(this.database, this.contentBytes, this.formatVersion < 5 ? EVENT_FORMAT_4 : EVENT_FORMAT));
    for (const event of events.read(from, last)) {
      if (range.task === undefined || event.task === range.task) yield event;
    }
  }

  /** All mapped objects. */
  objects(): MemoryObject[] {
    return reading('objects', () => readObjects(this.database));
  }

  /** The object contents that the event's mappings show for the first time. */
  contents(event: EventIndex): ObjectContent[] {
    this.withContents ??= reading('contents', () => eventsWithContents(this.database));
    if (!this.withContents.has(event)) return [];
    return reading(`contents of event ${event}`, () => {
      const behind = (event + 1) * POSITIONS;
      const found: ObjectContent[] = [];
      this.database.transaction(() => this.pieces.load(event * POSITIONS, behind))();
      for (let row = this.pieces.takeBelow(behind); row; row = this.pieces.takeBelow(behind)) {
        found.push({ ...CONTENT_ROWS.decode(row, this.contentBytes, this.registers), event });
      }
      return found;
    });
  }

  /** All tasks in the order of their birth. */
  tasks(): TaskSummary[] {
    return reading('tasks', () => taskSummaries(this.database));
  }

  /** Counts and sizes; reads through the file. */
  summary(): TraceSummary {
    return reading('summary', () => summarize(this.database));
  }

  /**
   * A SELECT on the tables and views. Throws Trouble('usage') with one line for what is no SQL, and
   * for everything that is no reading. What the rows hold is not checked as events are.
   */
  query(sql: string): TraceQuery {
    this.functions ??= new QueryFunctions(this.database, this.path);
    return new TraceQuery(this.database, sql);
  }

  close(): void {
    this.functions?.release();
    this.open.release();
  }
}

function eventsWithContents(database: Database): Set<number> {
  const ids = database.prepare('SELECT id FROM object_contents').pluck().all() as number[];
  return new Set(ids.map((id) => Math.floor(id / POSITIONS)));
}

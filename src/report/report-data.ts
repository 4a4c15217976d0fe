/** What a page holds, as the command writes it and the page reads it. Times are nanoseconds since the recording began. */
import type { DiffReport } from '../diff/index.js';
import type { StatBy, StatRow, Tally } from '../stat/index.js';
import type { EventKind } from '../trace/events.js';

export interface ReportData {
  /** One trace, or the two that are compared. */
  readonly traces: readonly TraceData[];
  readonly diff?: DiffData;
}

/** Findings behind the first ones are left out. */
export interface DiffData extends DiffReport {
  readonly findingsLeftOut: number;
}

export interface TraceData {
  readonly overview: Overview;
  readonly tasks: readonly TaskData[];
  readonly listed: Listed;
  /** By the number that `EVENT_KINDS` gives them. */
  readonly kinds: readonly EventKind[];
  readonly names: Names;
  readonly console: ConsoleData;
  readonly memory: MemoryData;
  readonly stat: Readonly<Record<ReportedStat, StatTable>>;
  readonly failed: readonly FailedCall[];
  readonly slowest: readonly SlowCall[];
}

export type ReportedStat = Exclude<StatBy, 'task'>;

export interface Overview {
  /** Name of the trace file, without its folder. */
  readonly name: string;
  readonly command: string;
  /** Names and values, in the order in which they are shown. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What is missing, and why. */
  readonly notes: readonly string[];
  readonly ended: string;
  readonly elapsed: number;
  /** False where no event has a time of its own, as in some imported traces. */
  readonly timed: boolean;
  readonly events: number;
  readonly total: Tally;
  readonly signals: number;
  /** Bytes written to standard output and error. */
  readonly output: number;
}

export interface TaskData {
  readonly task: number;
  readonly parent?: number;
  readonly pid: number;
  /** Thread group id. */
  readonly group: number;
  readonly program: string;
  readonly born: number;
  readonly bornTime: number;
  readonly events: number;
  readonly exit?: { readonly event: number; readonly time: number; readonly text: string };
}

/** Which events the page lists: the first `head` and the last `tail` of all. */
export interface Listed {
  readonly head: number;
  readonly tail: number;
  readonly events: number;
}

/** Names of the numbers in the columns. */
export interface Names {
  readonly calls: Readonly<Record<number, string>>;
  readonly errors: Readonly<Record<number, string>>;
  /** By their numbers, from 1 on. */
  readonly files: readonly string[];
}

export interface ConsoleData {
  readonly parts: readonly ConsolePart[];
  /** Bytes that were written behind the last part. */
  readonly leftOut: number;
}

export interface ConsolePart {
  /** Where the write began, so that it stands in its place among the events. */
  readonly event: number;
  readonly time: number;
  readonly stream: 1 | 2;
  readonly text: string;
  /** Bytes that the guest wrote and the trace does not have. */
  readonly missing?: number;
}

export interface MemoryData {
  /** The event after which each sample was taken, and its time. */
  readonly events: readonly number[];
  readonly times: readonly number[];
  readonly byKind: readonly MemorySeries[];
  readonly bySpace: readonly MemorySeries[];
  /** How many events lie between two samples at most. */
  readonly step: number;
}

export interface MemorySeries {
  readonly name: string;
  /** One number a sample. */
  readonly bytes: readonly number[];
}

export interface StatTable {
  readonly rows: readonly StatRow[];
  readonly leftOut: number;
}

export interface FailedCall {
  readonly number: number;
  readonly errno: number;
  readonly name: string;
  readonly text: string;
  readonly calls: number;
  readonly first: number;
}

export interface SlowCall {
  /** Where it ended. */
  readonly event: number;
  readonly task: number;
  readonly number: number;
  readonly time: number;
  /** The time begins at the call's own entry, not at the event before it. */
  readonly entered: boolean;
  readonly line: string;
}

/** The columns, one number an event that is listed; each is in an element of its own. */
export const COLUMNS = ['kinds', 'tasks', 'times', 'numbers', 'errors', 'durations', 'partners', 'files'] as const;
export type ColumnName = (typeof COLUMNS)[number];

/** Lines of events stand together in blocks of so many. */
export const BLOCK_LINES = 4096;

/** `id` of the element that holds the facts, all but the columns and lines. */
export const FACTS_ID = 'facts';
/** `trace`: 0 or 1. */
export const columnId = (trace: number, column: ColumnName): string => `column-${trace}-${column}`;
export const blockId = (trace: number, block: number): string => `lines-${trace}-${block}`;

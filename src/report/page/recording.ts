/** One trace as the page works with it: columns, one number a listed event, and lookups. */
import { COLUMNS, columnId, type ColumnName, type ReportData, type TaskData, type TraceData } from '../report-data.js';
import { decodeDistances, decodeVarints } from '../varints.js';
import { inflate } from './inflate.js';
import { Lines } from './lines.js';

export type KindGroup = 'call' | 'signal' | 'other';

const GROUPS: Readonly<Record<string, KindGroup>> = { syscall: 'call', enter: 'call', leave: 'call', intercept: 'call', signal: 'signal' };

export class Recording {
  readonly rows: number;
  readonly lines: Lines;
  /** Times that never go back, for drawing. */
  readonly clock: Float64Array;
  /** Group of each kind, by its number. */
  readonly groups: readonly KindGroup[];
  readonly tasks: ReadonlyMap<number, TaskData>;
  private byTask: ReadonlyMap<number, Uint32Array> | undefined;

  constructor(
    readonly data: TraceData,
    /** `A` or `B` where there are two. */
    readonly letter: string,
    readonly columns: Readonly<Record<ColumnName, Float64Array>>,
    trace: number,
  ) {
    this.rows = columns.kinds.length;
    this.lines = new Lines(trace, this.rows);
    this.clock = columns.times.slice();
    for (let row = 1; row < this.rows; row++) this.clock[row] = Math.max(this.clock[row]!, this.clock[row - 1]!);
    this.groups = data.kinds.map((kind) => GROUPS[kind] ?? 'other');
    this.tasks = new Map(data.tasks.map((task) => [task.task, task]));
  }

  eventOf(row: number): number {
    const { head, tail, events } = this.data.listed;
    return row < head ? row + 1 : row + 1 + events - head - tail;
  }

  /** Undefined where the event is not listed. */
  rowOf(event: number): number | undefined {
    const { head, tail, events } = this.data.listed;
    if (event >= 1 && event <= head) return event - 1;
    return event > events - tail && event <= events ? event - 1 - (events - head - tail) : undefined;
  }

  groupOf = (row: number): KindGroup => this.groups[this.columns.kinds[row]!]!;
  kindOf = (row: number): string => this.data.kinds[this.columns.kinds[row]!]!;

  taskName(task: number): string {
    const program = this.tasks.get(task)?.program;
    return program ? `${task}(${program})` : `${task}`;
  }

  /** Nanoseconds, and whether they begin at the call's own entry; undefined where nothing is known. */
  durationOf(row: number): { readonly time: number; readonly entered: boolean } | undefined {
    const code = this.columns.durations[row]!;
    return code === 0 ? undefined : { time: Math.floor((code - 1) / 2), entered: code % 2 === 0 };
  }

  /** What the call is about; undefined where it is about no file, or about what the trace does not tell. */
  fileOf(row: number): string | undefined {
    const name = this.data.names.files[this.columns.files[row]! - 1];
    return name?.startsWith('(') ? undefined : name;
  }

  /** Row of the enter event of a leave event. */
  enteredAt(row: number): number | undefined {
    const distance = this.columns.partners[row]!;
    return distance === 0 ? undefined : this.rowOf(this.eventOf(row) - distance);
  }

  /** The rows of each task in order. */
  rowsByTask(): ReadonlyMap<number, Uint32Array> {
    return (this.byTask ??= groupRows(this.columns.tasks));
  }
}

function groupRows(tasks: Float64Array): Map<number, Uint32Array> {
  const counts = new Map<number, number>();
  for (const task of tasks) counts.set(task, (counts.get(task) ?? 0) + 1);
  const groups = new Map([...counts].map(([task, count]) => [task, new Uint32Array(count)]));
  const filled = new Map<number, number>();
  for (let row = 0; row < tasks.length; row++) {
    const at = filled.get(tasks[row]!) ?? 0;
    groups.get(tasks[row]!)![at] = row;
    filled.set(tasks[row]!, at + 1);
  }
  return groups;
}

export async function readRecordings({ traces }: ReportData): Promise<Recording[]> {
  const found: Recording[] = [];
  for (const [trace, data] of traces.entries()) {
    const count = data.listed.head + data.listed.tail;
    const columns = {} as Record<ColumnName, Float64Array>;
    for (const column of COLUMNS) {
      const bytes = await inflate(columnId(trace, column));
      columns[column] = column === 'times' ? decodeDistances(bytes, count) : decodeVarints(bytes, count);
    }
    found.push(new Recording(data, traces.length > 1 ? 'AB'[trace]! : '', columns, trace));
  }
  return found;
}

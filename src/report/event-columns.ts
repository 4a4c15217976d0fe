/** The events of a trace as columns of numbers and blocks of lines. */
import { EVENT_KINDS, type TraceEvent } from '../trace/index.js';
import { packed } from './packed.js';
import { BLOCK_LINES, COLUMNS, type ColumnName, type Listed } from './report-data.js';
import { encodeDistances, encodeVarints } from './varints.js';

const KIND_NUMBERS = new Map(EVENT_KINDS.map((kind, number) => [kind, number]));

/** Characters of a line that are kept. */
const LONGEST_LINE = 4000;

/** The first and the last events, where there are more than the page lists. */
export function listedOf(events: number, limit: number): Listed {
  if (events <= limit) return { head: events, tail: 0, events };
  const tail = Math.floor(limit / 2);
  return { head: limit - tail, tail, events };
}

/** Memory for the listed events only. */
export class EventColumns {
  private readonly columns: Readonly<Record<ColumnName, Float64Array>>;
  private readonly blocks: string[] = [];
  private lines: string[] = [];

  constructor(readonly listed: Listed) {
    const rows = listed.head + listed.tail;
    this.columns = Object.fromEntries(COLUMNS.map((column) => [column, new Float64Array(rows)])) as Record<ColumnName, Float64Array>;
  }

  /** Row of an event, from 0 on; undefined where it is not listed. */
  rowOf(event: number): number | undefined {
    const { head, tail, events } = this.listed;
    if (event <= head) return event - 1;
    return event > events - tail ? event - 1 - (events - head - tail) : undefined;
  }

  /** Takes the next event, of which `line` gives the text. */
  add(event: TraceEvent, line: (event: TraceEvent) => string): void {
    const row = this.rowOf(event.index);
    if (row === undefined) return;
    const { kinds, tasks, times, numbers, partners } = this.columns;
    kinds[row] = KIND_NUMBERS.get(event.kind)!;
    tasks[row] = event.task;
    times[row] = event.time;
    // 0 is a call (read) and no signal: calls are told by their kind.
    numbers[row] = event.syscall?.number ?? event.signal?.number ?? 0;
    const entered = event.syscall?.entered;
    if (entered !== undefined) partners[row] = event.index - entered;
    this.lines.push(cut(line(event)));
    if (this.lines.length === BLOCK_LINES) this.endBlock();
  }

  /** What becomes known of an event when its call ends. Without effect where it is not listed. */
  set(column: 'errors' | 'durations' | 'files', event: number, value: number): void {
    const row = this.rowOf(event);
    if (row !== undefined) this.columns[column][row] = value;
  }

  /** Each column, packed. */
  packedColumns(): [ColumnName, string][] {
    return COLUMNS.map((column) => {
      const values = this.columns[column];
      return [column, packed(column === 'times' ? encodeDistances(values) : encodeVarints(values))];
    });
  }

  packedBlocks(): string[] {
    if (this.lines.length > 0) this.endBlock();
    return this.blocks;
  }

  private endBlock(): void {
    this.blocks.push(packed(this.lines.join('\n')));
    this.lines = [];
  }
}

function cut(line: string): string {
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE)} … and ${line.length - LONGEST_LINE} more characters`;
}

/** What a page tells of single calls: their times, errors and files, and the slowest of them. */
import { fileOfCall, isError, type CallObserver, type EndedCall, type Tally } from '../stat/index.js';
import { errnoName, errnoText, syscallName } from '../syscalls/index.js';
import type { Descriptors } from '../mappings/index.js';
import type { TraceEvent } from '../trace/index.js';
import type { EventColumns } from './event-columns.js';
import type { FailedCall, SlowCall } from './report-data.js';

/** A duration as the column holds it: 0 for none, else twice the nanoseconds, and 1 or 2 for where it begins. */
export const durationCode = (time: number, entered: boolean): number => 2 * time + (entered ? 2 : 1);

/** Fills the columns of calls. */
export class CallColumns implements CallObserver {
  readonly callNames: Record<number, string> = {};
  readonly errorNames: Record<number, string> = {};
  readonly files: string[] = [];
  private readonly fileNumbers = new Map<string, number>();

  constructor(
    private readonly columns: EventColumns,
    private readonly descriptors: Descriptors,
  ) {}

  entry(event: TraceEvent): string {
    return this.columns.rowOf(event.index) === undefined ? '' : fileOfCall(event, this.descriptors);
  }

  add({ number, entry, result, begun, event }: EndedCall, { timed, time, entered }: Tally): void {
    this.callNames[number] ??= syscallName(number);
    if (isError(result)) {
      this.errorNames[-result!] ??= errnoName(-result!);
      this.columns.set('errors', event.index, -result!);
    }
    if (timed > 0) this.columns.set('durations', event.index, durationCode(time, entered > 0));
    if (entry === '') return;
    const file = this.numberOf(entry);
    this.columns.set('files', begun.index, file);
    this.columns.set('files', event.index, file);
  }

  private numberOf(file: string): number {
    let number = this.fileNumbers.get(file);
    if (number === undefined) this.fileNumbers.set(file, (number = this.files.push(file)));
    return number;
  }
}

/** Counts failed calls by call and error. */
export class FailedCalls implements CallObserver {
  private readonly found = new Map<string, { number: number; errno: number; calls: number; first: number }>();

  entry(): string {
    return '';
  }

  add({ number, result, event }: EndedCall): void {
    if (!isError(result)) return;
    const key = `${number} ${result}`;
    const known = this.found.get(key);
    if (known) known.calls++;
    else this.found.set(key, { number, errno: -result!, calls: 1, first: event.index });
  }

  /** The most frequent first. */
  list(): FailedCall[] {
    const rows = [...this.found.values()].sort((left, right) => right.calls - left.calls || left.first - right.first);
    return rows.map((row) => ({ ...row, name: errnoName(row.errno), text: errnoText(row.errno) }));
  }
}

/** Keeps the calls that took longest. */
export class SlowestCalls implements CallObserver {
  /** In no order; a call that is faster than `floor` is none of them. */
  private kept: SlowCall[] = [];
  private floor = 0;

  /** `lineOf` is asked for calls as they end. */
  constructor(
    private readonly count: number,
    private readonly lineOf: (event: TraceEvent) => string,
  ) {}

  entry(): string {
    return '';
  }

  add({ event }: EndedCall, { timed, time, entered }: Tally): void {
    if (timed === 0 || time <= this.floor) return;
    this.kept.push({ event: event.index, task: event.task, number: event.syscall!.number, time, entered: entered > 0, line: this.lineOf(event) });
    if (this.kept.length >= 2 * this.count) this.drop();
  }

  list(): SlowCall[] {
    this.drop();
    return this.kept;
  }

  private drop(): void {
    this.kept = this.kept.sort((left, right) => right.time - left.time || left.event - right.event).slice(0, this.count);
    if (this.kept.length === this.count) this.floor = this.kept.at(-1)!.time;
  }
}

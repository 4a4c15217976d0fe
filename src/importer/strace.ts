/** Logs of `strace -f -o LOG`, and those of `strace -ff -o LOG`: LOG.PID, one a process. */
import { NotUnderstood } from './cursor.js';
import { ImportedGuest, type Moment } from './guest.js';
import type { LogFile, LogLine } from './log-file.js';
import { LogClock } from './log-clock.js';
import { pollResult } from './poll-result.js';
import { inKernelOrder } from './strace-order.js';
import { straceBeginning, straceCall, straceEvent, straceLine, type StraceLine } from './strace-lines.js';
import { surveyStrace, type Survey } from './strace-survey.js';
import type { Tally } from './tally.js';
import type { LoggedCall } from './value.js';

/** One file of a log. */
export interface StraceLog {
  readonly file: LogFile;
  /** Whose lines these are, where the name of the file tells. */
  readonly pid?: number;
}

/** Feeds one file's lines to the guest, one at a time. */
export class StraceReader {
  private readonly survey: Survey;
  private readonly clock = new LogClock();
  private readonly lines: Iterator<LogLine>;
  // Calls that were entered, as the log completes them further on.
  private readonly entered = new Map<number, LoggedCall | undefined>();
  private next: (LogLine & { readonly time: number | undefined }) | undefined;

  constructor(
    private readonly log: StraceLog,
    private readonly guest: ImportedGuest,
    private readonly tally: Tally,
  ) {
    this.survey = surveyStrace(log.file);
    this.lines = log.file.lines();
    this.advance();
  }

  get pid(): number | undefined {
    return this.log.pid;
  }

  get isAtEnd(): boolean {
    return this.next === undefined;
  }

  /** Of the next line: seconds; undefined where the log has no times. */
  get time(): number | undefined {
    return this.next?.time;
  }

  /** Takes the next line; `start` is the time of the first line of all. */
  step(start: number): void {
    const line = this.next!;
    this.tally.line(line, () => this.take(line, start));
    this.advance();
  }

  private advance(): void {
    const { value, done } = this.lines.next() as IteratorResult<LogLine, undefined>;
    this.next = done ? undefined : { ...value, time: this.clock.read(straceLine(value.text).time) };
  }

  private take({ text, at, time }: NonNullable<StraceReader['next']>, start: number): boolean {
    const { pid = this.log.pid ?? 1, rest } = straceLine(text);
    return this.event(straceEvent(rest), { pid, time: (time ?? start) - start }, at);
  }

  private event(event: StraceLine, moment: Moment, at: number): boolean {
    const { guest } = this;
    switch (event.type) {
      case 'other':
        return false;
      case 'call':
        guest.call(moment, kernelCall(event.call));
        return true;
      case 'unfinished':
        this.unfinished(event.begun, moment, at);
        return true;
      case 'resumed':
        this.resumed(event, moment);
        return true;
      case 'signal':
        guest.signal(moment, event.number, event.info);
        return true;
      case 'exit':
        guest.exit(moment, event.status);
        return true;
      case 'superseded':
        guest.superseded(moment, event.by);
        this.entered.set(moment.pid, this.entered.get(event.by));
        return true;
    }
  }

  private unfinished(begun: string, moment: Moment, at: number): void {
    const place = this.survey.returns.get(at);
    const end = place === undefined ? undefined : straceEvent(straceLine(this.log.file.lineAt(place)).rest);
    const call = kernelCall(end?.type === 'resumed' ? straceCall(begun + end.rest) : straceBeginning(begun));
    this.guest.enter(moment, call);
    this.entered.set(moment.pid, call);
  }

  private resumed({ name, rest }: Extract<StraceLine, { type: 'resumed' }>, moment: Moment): void {
    const call = this.entered.get(moment.pid) ?? kernelCall(straceCall(`${name}(${rest}`));
    this.entered.delete(moment.pid);
    if (call.name !== name) throw new NotUnderstood(`${call.name} was entered`);
    // A call without a result ended with its task.
    if (call.result !== undefined) this.guest.leave(moment, call);
  }
}

const kernelCall = (call: LoggedCall): LoggedCall => inKernelOrder(pollResult(call));

/** Takes all files, in the order of their times; one after the other where they have none. */
export function importStrace(logs: readonly StraceLog[], guest: ImportedGuest, tally: Tally): void {
  const readers = logs.map((log) => new StraceReader(log, guest, tally)).filter((reader) => !reader.isAtEnd);
  const start = Math.min(...readers.map((reader) => reader.time ?? 0));
  for (let reader = earliest(readers, guest); reader; reader = earliest(readers, guest)) reader.step(start);
}

// A task's lines come behind the one that tells of its making.
function earliest(readers: readonly StraceReader[], guest: ImportedGuest): StraceReader | undefined {
  let best: StraceReader | undefined;
  for (const reader of readers) {
    if (reader.isAtEnd) continue;
    if (best === undefined || isBefore(reader, best, guest)) best = reader;
  }
  return best;
}

function isBefore(a: StraceReader, b: StraceReader, guest: ImportedGuest): boolean {
  const [knowsA, knowsB] = [a, b].map(({ pid }) => pid === undefined || guest.knows(pid));
  if (a.time !== undefined && b.time !== undefined && a.time !== b.time) return a.time < b.time;
  return knowsA === true && knowsB === false;
}

/** Events as the lines of `strace -f -ttt -T`, which `portrace import` reads. */
import type { TaskId } from '../base/brands.js';
import type { OpenTrace } from '../diff/open-trace.js';
import { showEvent } from '../show/event.js';
import { EventTexts } from '../show/event-texts.js';
import { argumentsAtEntry } from '../show/strace-lines.js';
import { eventMillisecond, TimeColumn } from '../show/time-column.js';
import { visible } from '../show/visible.js';
import { MadeCalls, type MadeCall } from '../stat/index.js';
import { showSiginfo, signalName, StraceWords } from '../syscalls/index.js';
import type { SignalFacts, TraceEvent } from '../trace/events.js';
import { SEPARATOR, visibleCall } from './call-text.js';
import type { Selection } from './selection.js';

/**
 * System calls, signals and ends of tasks. strace knows no other events; that of a guest tracer's call is a call whose
 * result is not known. What comes before the selection is read, too: it tells when a call began.
 */
export function* straceLines(trace: OpenTrace, { from, to, hasTask }: Selection): Generator<string, undefined> {
  const log = new StraceLog(trace);
  const chosen = ({ index, task }: TraceEvent): boolean => index >= from && hasTask(task);
  for (const event of trace.events({ to })) {
    for (const line of log.take(event, chosen(event))) yield line;
  }
}

const WORDS = new StraceWords();

class StraceLog {
  private readonly calls: MadeCalls<undefined>;
  private readonly pids: ReadonlyMap<TaskId, number>;
  private readonly times: TimeColumn;
  /** Tasks within a call whose first line was written, and how many arguments are in it. */
  private readonly begun = new Map<TaskId, number>();
  private readonly texts: EventTexts;

  constructor(trace: OpenTrace) {
    const { imported, startedAt } = trace.session;
    this.calls = new MadeCalls(imported !== undefined, () => undefined);
    this.pids = new Map(trace.tasks().map(({ task, pid }) => [task, pid]));
    this.times = new TimeColumn(eventMillisecond(startedAt), 'epoch');
    this.texts = new EventTexts(trace.session);
  }

  take(event: TraceEvent, isChosen: boolean): string[] {
    this.texts.apply(event);
    const ended = this.calls.take(event);
    if (!isChosen) return [];
    const lines = ended.flatMap((call) => this.endOf(call));
    const rest = this.restOf(event);
    return rest === undefined ? lines : [...lines, this.line(event.task, event.time, rest)];
  }

  private restOf(event: TraceEvent): string | undefined {
    switch (event.kind) {
      case 'enter': {
        const text = visibleCall(this.texts, event);
        this.begun.set(event.task, text.entry);
        return `${text.name}(${argumentsAtEntry(text)} <unfinished ...>`;
      }
      case 'intercept': {
        const { name, arguments: args } = visibleCall(this.texts, event);
        return `${name}(${args.join(SEPARATOR)}) = ? <stopped for its tracer>`;
      }
      case 'signal':
        return event.signal && signalText(event.signal);
      case 'exit':
        return showEvent(event);
      default:
        return undefined;
    }
  }

  /** The line with a call's result, or, where its task went on without one, that there is none. */
  private endOf(call: MadeCall<undefined>): string[] {
    const { begun, event, span } = call;
    const { task } = event;
    if (begun.kind === 'intercept' && begun === event) return [];
    const { name, arguments: args, result = '?' } = visibleCall(this.texts, event);
    const end = `) = ${result}${span === undefined ? '' : ` <${(span.duration / 1e9).toFixed(6)}>`}`;
    if (begun.kind === 'syscall') return [this.line(task, span?.start ?? event.time, `${name}(${args.join(SEPARATOR)}${end}`)];
    // Its tracer let the call be made after all, or another in its place: a call of its own.
    if (begun.kind === 'intercept') return [this.line(task, call.end, `${name}(${args.join(SEPARATOR)}${end}`)];
    const known = this.begun.get(task) ?? 0;
    this.begun.delete(task);
    return [this.line(task, call.end, `<... ${name} resumed>${args.slice(known).join(SEPARATOR)}${end}`)];
  }

  private line(task: TaskId, nanoseconds: number, rest: string): string {
    return `${this.pids.get(task) ?? task} ${this.times.column(nanoseconds)}${rest}`;
  }
}

function signalText({ number, siginfo }: SignalFacts): string {
  return visible(`--- ${signalName(number)}${siginfo === undefined ? '' : ` ${showSiginfo(siginfo, WORDS)}`} ---`);
}

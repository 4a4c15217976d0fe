/** Lines as `strace -f -o` writes them, in the order of a trace's events. */
import type { TaskId } from '../base/brands.js';
import { showSiginfo, showWaitStatus, signalName, StraceWords, type Style } from '../syscalls/index.js';
import type { EventKind, MemoryInput, SessionFacts, TraceEvent } from '../trace/events.js';
import type { TaskSummary } from '../trace/index.js';
import type { CallText } from './call.js';
import { CallTimes } from './call-times.js';
import { showEvent } from './event.js';
import { EventTexts } from './event-texts.js';
import { eventMillisecond, TimeColumn, type TimeFormat } from './time-column.js';
import { visible } from './visible.js';

export interface LineOptions {
  readonly style?: Style;
  /** Descriptors with what they refer to (-y). */
  readonly paths?: boolean;
  /** The thread id in front (-f). */
  readonly pids?: boolean;
  /** The number of the call in front (-n). */
  readonly numbers?: boolean;
  readonly times?: TimeFormat;
  /** What a call took behind it (-T). */
  readonly durations?: boolean;
  /** Also events that strace knows nothing of: rdtsc, rdrand, cpuid, vsyscalls, steps, preemptions. */
  readonly all?: boolean;
}

/** What the lines need of a trace. */
export interface TracedGuest {
  readonly session: SessionFacts;
  tasks(): readonly TaskSummary[];
}

/** Kinds of events that `strace` has no lines for. */
const UNKNOWN_TO_STRACE: ReadonlySet<EventKind> = new Set(['step', 'preempt', 'tsc', 'cpuid', 'random', 'vsyscall']);

/** Whether an event is shown, with what its call read. */
export type Accepts = (event: TraceEvent, inputs: readonly MemoryInput[]) => boolean;
export const always: Accepts = () => true;

/** Events as lines, in one form or another. */
export interface EventLines {
  readonly texts: EventTexts;
  /** The lines that the next event gives. One that is not accepted counts for what follows. */
  take(event: TraceEvent, accepts?: Accepts): Iterable<string>;
  /** An event that turned out to be wanted; it was applied in its time. */
  late(event: TraceEvent): Iterable<string>;
  end(): Iterable<string>;
}

/** strace -a: where the results stand. */
const RESULT_COLUMN = 40;
const EXITS: ReadonlySet<string> = new Set(['exit', 'exit_group']);

interface Pending {
  readonly event: TraceEvent;
  readonly text: CallText;
  readonly front: string;
}

export class StraceLines implements EventLines {
  readonly texts: EventTexts;
  private readonly pids = new Map<TaskId, number>();
  private readonly times: TimeColumn;
  /** Calls that have not returned. */
  private readonly unreturned = new Map<TaskId, Pending>();
  /** A call whose return may be the next line. */
  private pending: Pending | undefined;
  private readonly durations: CallTimes | undefined;
  /** strace -n tells the number of a task's last call with signals, too. */
  private readonly calls = new Map<TaskId, number>();
  private readonly signalWords: StraceWords;

  constructor(
    guest: TracedGuest,
    private readonly options: LineOptions = {},
  ) {
    this.texts = new EventTexts(guest.session, options);
    this.signalWords = new StraceWords(options.style);
    for (const { task, pid } of guest.tasks()) this.pids.set(task, pid);
    if (options.durations) this.durations = new CallTimes(guest.session.imported !== undefined);
    this.times = new TimeColumn(eventMillisecond(guest.session.startedAt), options.times);
  }

  /** The lines that the next event gives. One that is not accepted counts for what follows. */
  *take(event: TraceEvent, accepts: Accepts = always): Iterable<string> {
    this.texts.apply(event);
    this.durations?.apply(event);
    const isShown = accepts(event, this.texts.inputs);
    if (isShown && this.isLine(event)) yield* this.lines(event);
  }

  /** A call that turned out to be wanted, as it does not return. */
  *late(event: TraceEvent): Iterable<string> {
    yield* this.lines(event);
    yield* this.interrupted();
  }

  /** What is left at the end. */
  *end(): Iterable<string> {
    yield* this.interrupted();
  }

  private isLine({ kind, signal }: TraceEvent): boolean {
    if (this.options.all) return true;
    if (kind === 'resume') return (signal?.number ?? 0) !== 0;
    return !UNKNOWN_TO_STRACE.has(kind);
  }

  private *lines(event: TraceEvent): Iterable<string> {
    const text = this.texts.call(event);
    const front = this.front(event);
    if (text === undefined) {
      const open = this.unreturned.get(event.task);
      if (event.exit && open) yield* this.killed(open, front);
      yield* this.interrupted();
      yield front + visible(this.plain(event));
      return;
    }
    if (event.kind === 'leave' && this.pending?.event.index === event.syscall!.entered) {
      const begun = this.pending!;
      this.pending = undefined;
      this.unreturned.delete(event.task);
      yield this.returned(begun.front, `${text.name}(${text.arguments.join(', ')}`, text, event);
      return;
    }
    yield* this.interrupted();
    const isResumed = event.kind === 'leave' && this.unreturned.delete(event.task);
    if (event.kind === 'enter' && EXITS.has(text.name)) yield this.returned(front, `${text.name}(${text.arguments.join(', ')}`, { ...text, result: '?' }, event);
    else if (event.kind === 'enter') this.enter({ event, text, front });
    else if (isResumed) yield this.returned(front, `<... ${text.name} resumed>${resumed(text)}`, text, event);
    else if (event.kind === 'intercept') yield visible(`${front}${text.name}(${text.arguments.join(', ')}) <stopped for its tracer>`);
    else yield this.returned(front, `${text.name}(${text.arguments.join(', ')}`, text, event);
  }

  private enter(call: Pending): void {
    this.pending = call;
    this.unreturned.set(call.event.task, call);
  }

  /** The task died in the call. */
  private *killed(call: Pending, front: string): Iterable<string> {
    this.unreturned.delete(call.event.task);
    const { name, arguments: args } = call.text;
    if (this.pending === call) {
      this.pending = undefined;
      yield this.returned(call.front, `${name}(${args.join(', ')}`, { ...call.text, result: '?' }, call.event);
      return;
    }
    yield* this.interrupted();
    yield this.returned(front, `<... ${name} resumed>${resumed(call.text)}`, { ...call.text, result: '?' }, call.event);
  }

  private *interrupted(): Iterable<string> {
    if (this.pending === undefined) return;
    const { text, front } = this.pending;
    this.pending = undefined;
    yield visible(`${front}${text.name}(${argumentsAtEntry(text)} <unfinished ...>`);
  }

  private returned(front: string, text: string, { result }: CallText, event: TraceEvent): string {
    const line = `${front}${visible(text)}) `;
    return `${line.padEnd(RESULT_COLUMN)}= ${visible(result ?? '?')}${this.durations?.column(event) ?? ''}`;
  }

  private front(event: TraceEvent): string {
    const pid = this.options.pids ? `${`${this.pids.get(event.task) ?? event.task}`.padEnd(5)} ` : '';
    const call = event.syscall?.number ?? this.calls.get(event.task);
    if (call !== undefined) this.calls.set(event.task, call);
    const number = this.options.numbers && call !== undefined ? `[${`${call}`.padStart(4)}] ` : '';
    return `${pid}${this.times.column(event.time)}${number}`;
  }

  private plain(event: TraceEvent): string {
    const { signal, exit, kind } = event;
    if (kind === 'signal' && signal) return `--- ${signalName(signal.number)}${signal.siginfo ? ` ${showSiginfo(signal.siginfo, this.signalWords)}` : ''} ---`;
    if (exit) return `+++ ${showWaitStatus(exit.status, signalName)} +++`;
    return showEvent(event);
  }
}

/** What stands in the first line of an interrupted call; strace writes the comma before it knows what comes. */
export function argumentsAtEntry({ arguments: args, entry }: CallText): string {
  return args.slice(0, entry).join(', ') + (entry > 0 && entry < args.length ? ', ' : '');
}

function resumed({ arguments: args, entry }: CallText): string {
  return args.slice(entry).join(', ');
}

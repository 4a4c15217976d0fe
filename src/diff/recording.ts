/** One trace, read once: what every task did, in canonical words. */
import type { EventIndex, TaskId } from '../base/brands.js';
import type { SessionFacts, TaskBirth, TraceEvent } from '../trace/events.js';
import type { TaskSummary } from '../trace/index.js';
import { Canonical, isInDynamicLinker, type CallEntry } from './canonical.js';
import { Folds } from './folds.js';
import { isListing } from './data-use.js';
import type { GivenWord } from './given-words.js';
import { GuestState } from './guest-state.js';
import { CLONE_THREAD } from './learned.js';
import { Listings } from './listings.js';
import type { Rules } from './rules.js';
import { NOT_RETURNED } from './steps.js';
import { TaskRun } from './task-run.js';
import { isTick } from './ticks.js';
import type { Texts } from './texts.js';
import type { OpenTrace } from './open-trace.js';

/** What is read of a trace. */
export interface Recording {
  readonly session: SessionFacts;
  readonly complete: boolean;
  readonly events: number;
  /** In order of birth. */
  readonly tasks: readonly TaskRun[];
  readonly folds: Folds;
}

export interface Reading {
  readonly trace: OpenTrace;
  readonly texts: Texts;
  readonly rules: Rules;
  readonly given: readonly GivenWord[];
}

const SYS_RESTART = 219;

/** Reads the trace through, once. */
export function readRecording({ trace, texts, rules, given }: Reading): Recording {
  const summaries = new Map(trace.tasks().map((summary) => [summary.task, summary]));
  const program = trace.objects()[0]?.path;
  const state = new GuestState({ session: trace.session, objects: trace.objects(), given, ...(program !== undefined && { program }) });
  const reader = new RecordingReader(state, rules, texts, summaries);
  for (const event of trace.events()) reader.take(event);
  const { session, complete, eventCount } = trace;
  return { session, complete, events: eventCount, tasks: reader.finish(complete), folds: reader.folds };
}

class RecordingReader {
  readonly folds = new Folds();
  private readonly canonical: Canonical;
  private readonly runs = new Map<TaskId, TaskRun>();
  // Calls that were entered and have not returned, and calls that restart_syscall goes on with.
  private readonly entered = new Map<TaskId, CallEntry>();
  private readonly interrupted = new Map<TaskId, CallEntry>();
  private readonly listings: Listings<CallEntry>;
  /** Processes that have had more than one thread. */
  private readonly threaded = new Set<number>();

  constructor(
    private readonly state: GuestState,
    private readonly rules: Rules,
    private readonly texts: Texts,
    private readonly summaries: ReadonlyMap<TaskId, TaskSummary>,
  ) {
    this.listings = new Listings((name) => state.temporary.renameEntry(name));
    this.canonical = new Canonical(state, rules);
  }

  take(event: TraceEvent): void {
    const entry = this.entryOf(event);
    this.state.apply(event);
    for (const effect of event.effects) if (effect.type === 'task') this.born(effect, event.index);
    this.note(event, entry);
  }

  /** `complete`: the trace ends because the guest did. */
  finish(complete: boolean): TaskRun[] {
    for (const task of this.runs.keys()) this.endListings(task);
    if (complete) for (const [task, entry] of this.entered) this.unfinished(task, entry);
    for (const run of this.runs.values()) run.finish();
    return [...this.runs.values()];
  }

  private born({ task, parent, pid, group, flags }: TaskBirth, born: EventIndex): void {
    if (flags & CLONE_THREAD) this.threaded.add(group);
    const summary = this.summaries.get(task);
    const run = new TaskRun({ task, pid, group, flags, born, folds: this.folds, rules: this.rules, texts: this.texts, ...(parent !== undefined && { parent }), ...(summary?.program !== undefined && { program: summary.program }) });
    this.runs.set(task, run);
  }

  /** The call of the event at its entry, before the event changes what its arguments mean. */
  private entryOf(event: TraceEvent): CallEntry | undefined {
    const { kind, syscall, task } = event;
    if (syscall === undefined) return undefined;
    if (kind === 'leave') {
      const entry = this.entered.get(task);
      this.entered.delete(task);
      if (entry?.facts.number === syscall.number) return entry;
    }
    if (syscall.number === SYS_RESTART) return this.interrupted.get(task) ?? this.canonical.entry(event, syscall);
    return this.canonical.entry(event, syscall);
  }

  private note(event: TraceEvent, entry: CallEntry | undefined): void {
    const { kind, task, index } = event;
    const run = this.runs.get(task);
    if (run === undefined) return;
    switch (kind) {
      case 'syscall':
      case 'leave':
        return entry && this.returned(run, event, entry);
      case 'enter':
        if (entry) this.entered.set(task, entry);
        return;
      case 'intercept':
        if (entry) run.call({ entry, outcome: 'stopped for its tracer', event: index });
        return;
      case 'signal':
        return run.signal(event, this.signalText(event), this.threaded.has(run.facts.group));
      case 'resume':
        return run.resumed(event, this.signalText(event));
      case 'exit':
        this.unfinished(task, this.entered.get(task));
        this.entered.delete(task);
        this.endListings(task);
        return run.exited(event);
      case 'tsc':
      case 'random':
      case 'vsyscall':
        if (!isInDynamicLinker(this.state, event)) this.state.lessons.of(task).varying = true;
        return;
      // What a processor says of itself is no behaviour of the guest.
      case 'cpuid':
      case 'step':
      case 'preempt':
    }
  }

  private signalText(event: TraceEvent): string {
    if (event.signal === undefined || event.signal.number === 0) return '';
    if (isTick(event)) this.state.lessons.of(event.task).varying = true;
    return this.canonical.signal(event.signal, event);
  }

  private returned(run: TaskRun, event: TraceEvent, entry: CallEntry): void {
    const result = event.syscall?.result;
    const outcome = result === undefined ? '' : this.canonical.outcome(entry, event, result);
    if (outcome === 'interrupted') {
      this.interrupted.set(event.task, entry);
      this.folds.count('retries');
      if (this.rules.has('retries')) return;
    }
    const call = { entry, outcome, event: event.index };
    const noted = isListing(entry.facts.number) && this.rules.has('retries') ? this.listings.add(event.task, call) : call;
    if (noted) run.call(noted);
  }

  private endListings(task: TaskId): void {
    for (const call of this.listings.rest(task)) this.runs.get(task)?.call(call);
  }

  private unfinished(task: TaskId, entry: CallEntry | undefined): void {
    if (entry) this.runs.get(task)?.call({ entry, outcome: NOT_RETURNED, event: entry.event });
  }
}

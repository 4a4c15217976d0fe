/** System calls put together from their events, with the time that each took. */
import type { TaskId } from '../base/brands.js';
import type { SyscallFacts, TraceEvent } from '../trace/events.js';

/** A call that returned, or of which it is known that it does not within what is read of the trace. */
export interface MadeCall<Note> {
  /** Its first event. */
  readonly begun: TraceEvent;
  /** Its last event: the first again where it is one event, or did not return. */
  readonly event: TraceEvent;
  /** What was noted of it before its first event took effect. */
  readonly note: Note;
  /** Nanoseconds: when it returned, or else when its task was seen to be out of it, or the trace ended. */
  readonly end: number;
  /** Absent where nothing is known of its entry, or of its return. */
  readonly span?: CallSpan;
}

/** Where a call lies in time, at most; nanoseconds. */
export interface CallSpan {
  /** Since the recording started. */
  readonly start: number;
  readonly duration: number;
  /** `entry`: it begins with the call's own entry. `event before`: with the event before, of whatever task. */
  readonly since: 'entry' | 'event before';
}

interface OpenCall<Note> {
  readonly event: TraceEvent;
  readonly note: Note;
}

/** Takes the events of a trace in their order, from the first one on. */
export class MadeCalls<Note> {
  private readonly open = new Map<TaskId, OpenCall<Note>>();
  /** Of the last event. */
  private time = 0;

  constructor(
    private readonly isImported: boolean,
    private readonly note: (event: TraceEvent) => Note,
  ) {}

  /** The calls that end with this event. */
  take(event: TraceEvent): MadeCall<Note>[] {
    const ended = event.syscall ? this.call(event, event.syscall) : event.exit ? this.abandoned(event.task, event.time) : [];
    this.time = event.time;
    return ended;
  }

  /** The calls that have not returned at the end of what is read. */
  rest(): MadeCall<Note>[] {
    return [...this.open.keys()].flatMap((task) => this.abandoned(task, this.time));
  }

  private call(event: TraceEvent, facts: SyscallFacts): MadeCall<Note>[] {
    const open = this.open.get(event.task);
    if (open !== undefined && event.kind === 'leave' && open.event.index === facts.entered) {
      this.open.delete(event.task);
      return [this.returned(open, event)];
    }
    // A call that is one event began behind the event before.
    const ended = this.abandoned(event.task, event.kind === 'syscall' ? this.time : event.time);
    const begun = { event, note: this.note(event) };
    if (facts.result !== undefined) ended.push(this.returned(begun, event));
    else this.open.set(event.task, begun);
    return ended;
  }

  private returned({ event: begun, note }: OpenCall<Note>, event: TraceEvent): MadeCall<Note> {
    const span = this.spanOf(begun, event);
    return { begun, event, note, end: event.time, ...(span && { span }) };
  }

  /** The task goes on, or ends, and its call has not returned. */
  private abandoned(task: TaskId, end: number): MadeCall<Note>[] {
    const open = this.open.get(task);
    if (open === undefined) return [];
    this.open.delete(task);
    return [{ begun: open.event, event: open.event, note: open.note, end }];
  }

  /**
   * A call has the time from its own entry to its return. Where it returned at once there is only its
   * return: the event before, of whatever task, is the latest before its entry that is known. A log has
   * the entry then, and no return.
   */
  private spanOf(begun: TraceEvent, event: TraceEvent): CallSpan | undefined {
    const isEntered = begun !== event;
    if (this.isImported ? !isEntered || event.time === 0 : !isEntered && (event.kind !== 'syscall' || event.index === 1)) return undefined;
    const start = isEntered ? begun.time : this.time;
    return { start, duration: Math.max(0, event.time - start), since: isEntered ? 'entry' : 'event before' };
  }
}

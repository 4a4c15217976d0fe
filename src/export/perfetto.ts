/** A trace as a timeline for Perfetto's viewer: calls as slices, signals and switches as instants, mapped memory as counters. */
import { basename } from 'node:path';
import type { SpaceId, TaskId } from '../base/brands.js';
import type { OpenTrace } from '../diff/open-trace.js';
import { showEvent } from '../show/event.js';
import { EventTexts } from '../show/event-texts.js';
import { visible } from '../show/visible.js';
import { isError, MadeCalls, type MadeCall } from '../stat/index.js';
import { errnoName, signalName, syscallName } from '../syscalls/index.js';
import type { EventKind, TraceEvent } from '../trace/events.js';
import type { TaskSummary } from '../trace/index.js';
import { visibleCall } from './call-text.js';
import { MappedBytes, type MappedSize } from './mapped-bytes.js';
import { packetBytes, type Annotations, type Dictionary, type Packet, type TrackEvent } from './perfetto-packets.js';
import type { Selection } from './selection.js';

export const perfettoBytes = (trace: OpenTrace, selection: Selection): Generator<Uint8Array, undefined> => packetBytes(packetsOf(trace, selection));

/** What came before the selection is read, too: it tells which calls are under way, and what is mapped. */
function* packetsOf(trace: OpenTrace, selection: Selection): Generator<Packet, undefined> {
  const timeline = new Timeline(trace, selection);
  for (const event of trace.events({ to: selection.to })) yield* timeline.take(event);
  yield* timeline.finish();
}

class Timeline {
  private readonly tracks: Tracks;
  private readonly calls: MadeCalls<undefined>;
  private readonly texts: EventTexts;
  private readonly mapped: MappedBytes;
  /** Calls of chosen tasks that are entered and have not ended, by their first events. */
  private readonly open = new Map<TaskId, TraceEvent>();
  private isTelling = false;
  private last: TraceEvent | undefined;

  constructor(
    trace: OpenTrace,
    private readonly selection: Selection,
  ) {
    this.tracks = new Tracks(trace);
    this.calls = new MadeCalls(trace.session.imported !== undefined, () => undefined);
    this.texts = new EventTexts(trace.session);
    this.mapped = new MappedBytes(trace.objects());
  }

  *take(event: TraceEvent): Iterable<Packet> {
    if (event.index >= this.selection.from && !this.isTelling) yield* this.begin();
    yield* this.packetsOf(event);
    this.last = event;
  }

  *finish(): Iterable<Packet> {
    for (const begun of this.open.values()) yield* this.end(begun, this.last!.time, { returned: false, ...this.argumentsOf(begun) });
  }

  /** What is under way where the selection begins. */
  private *begin(): Iterable<Packet> {
    this.isTelling = true;
    for (const begun of this.open.values()) yield* this.enter(begun);
    for (const size of this.mapped.all()) yield* this.counter(size, this.last!.time);
  }

  private *packetsOf(event: TraceEvent): Iterable<Packet> {
    const { task, time, kind } = event;
    const isChosen = this.selection.hasTask(task);
    if (isChosen && this.last !== undefined && this.last.task !== task) yield* this.switched(event, this.last);
    this.texts.apply(event);
    const ended = this.calls.take(event);
    // The task goes on: its tracer answered its call, unless it let it be made.
    if (this.open.get(task)?.kind === 'intercept' && !ended.some(isMadeAfterAll)) yield* this.answered(event);
    for (const call of ended) if (isChosen) yield* this.ended(call);
    if (isChosen && (kind === 'enter' || kind === 'intercept')) {
      this.open.set(task, event);
      yield* this.enter(event);
    } else if (isChosen && event.syscall === undefined) {
      yield* this.on(task, time, { type: 'instant', category: kind, name: nameOf(event), annotations: { event: event.index, text: showEvent(event) } });
    }
    for (const size of this.mapped.apply(event)) yield* this.counter(size, time);
  }

  private switched({ task, index }: TraceEvent, last: TraceEvent): Iterable<Packet> {
    return this.on(task, last.time, { type: 'instant', category: 'switch', name: 'switch', annotations: { event: index, from: this.tracks.taskName(last.task) } });
  }

  private enter(begun: TraceEvent): Iterable<Packet> {
    return this.on(begun.task, begun.time, { type: 'begin', ...headOf(begun) });
  }

  /** A guest tracer's call lasts until its task goes on; a call that is one event began behind the event before. */
  private *answered({ task, time, kind }: TraceEvent): Iterable<Packet> {
    const begun = this.open.get(task)!;
    this.open.delete(task);
    yield* this.end(begun, kind === 'syscall' ? this.last!.time : time, this.argumentsOf(begun));
  }

  private *ended(call: MadeCall<undefined>): Iterable<Packet> {
    const { begun, event, span } = call;
    if (begun.kind === 'intercept' && !isMadeAfterAll(call)) return;
    if (begun.kind === 'enter' || begun.kind === 'intercept') {
      this.open.delete(begun.task);
      const other = begun.syscall!.number === event.syscall!.number ? undefined : syscallName(event.syscall!.number);
      yield* this.end(begun, call.end, { call: other, ...(begun === event ? { returned: false } : resultOf(event)), ...this.argumentsOf(event), since: span?.since });
    } else if (span === undefined) {
      const { annotations, ...head } = headOf(begun);
      yield* this.on(event.task, event.time, { type: 'instant', ...head, annotations: { ...annotations, ...resultOf(event), ...this.argumentsOf(event) } });
    } else {
      yield* this.on(begun.task, span.start, { type: 'begin', ...headOf(begun) });
      yield* this.end(begun, span.start + span.duration, { ...resultOf(event), ...this.argumentsOf(event), since: span.since });
    }
  }

  /** Each argument by its name. strace has names of its own for those of clone. */
  private argumentsOf(event: TraceEvent): Annotations {
    const { arguments: args, names } = visibleCall(this.texts, event);
    const entries = args.map((text, index): readonly [string, string] => {
      const [, name = names[index]!, value = text] = /^([a-z_]+)=(.*)$/s.exec(text) ?? [];
      return [name, value];
    });
    return entries.length === 0 ? {} : { arguments: Object.fromEntries(entries) satisfies Dictionary };
  }

  private end({ task }: TraceEvent, time: number, annotations: Annotations): Iterable<Packet> {
    return this.on(task, time, { type: 'end', annotations });
  }

  private *on(task: TaskId, time: number, event: TrackEvent): Iterable<Packet> {
    if (!this.isTelling) return;
    yield* this.tracks.describeTask(task);
    yield { time, track: taskTrack(task), event };
  }

  private *counter({ space, owner, bytes }: MappedSize, time: number): Iterable<Packet> {
    if (!this.isTelling || !this.selection.hasTask(owner)) return;
    yield* this.tracks.describeSpace(space, owner);
    yield { time, track: spaceTrack(space), event: { type: 'counter', value: bytes } };
  }
}

/** A guest tracer stopped the call, and then let it, or the call that it put in its place, be made. */
const isMadeAfterAll = ({ begun, event }: MadeCall<undefined>): boolean => begun.kind === 'intercept' && begun !== event;

const headOf = (begun: TraceEvent): Pick<TrackEvent, 'category' | 'name' | 'annotations'> => ({
  category: begun.kind === 'intercept' ? 'intercept' : 'call',
  name: syscallName(begun.syscall!.number),
  annotations: { event: begun.index },
});

function resultOf({ index, syscall }: TraceEvent): Annotations {
  const value = syscall?.result;
  if (value === undefined) return {};
  const result = Number(value);
  return { return_event: index, result: Number.isSafeInteger(result) ? result : value.toString(), error: isError(result) ? errnoName(-result) : undefined };
}

const NAMES: Readonly<Partial<Record<EventKind, string>>> = { tsc: 'rdtsc', random: 'rdrand', preempt: 'preempted', resume: 'resumed', exit: 'exit' };

const nameOf = ({ kind, signal }: TraceEvent): string => (kind === 'signal' && signal !== undefined ? signalName(signal.number) : (NAMES[kind] ?? kind));

/** Tracks of one trace have numbers of their own, by what they are of. */
const taskTrack = (task: TaskId): number => task * 3 + 1;
const processTrack = (leader: TaskId): number => leader * 3 + 2;
const spaceTrack = (space: SpaceId): number => space * 3 + 3;

/** Describes each track before its first event. */
class Tracks {
  private readonly tasks = new Map<TaskId, TaskSummary>();
  /** The first task of each task's process. */
  private readonly leaders = new Map<TaskId, TaskId>();
  private readonly described = new Set<number>();
  private readonly command: readonly string[];

  constructor(trace: OpenTrace) {
    this.command = trace.session.arguments.map(visible);
    // A pid comes again in a long trace: a task whose pid is the group's begins a process.
    const processes = new Map<number, TaskId>();
    for (const summary of trace.tasks()) {
      const { task, pid, group } = summary;
      if (pid === group || !processes.has(group)) processes.set(group, task);
      this.tasks.set(task, summary);
      this.leaders.set(task, processes.get(group)!);
    }
  }

  /** As in `portrace show`. */
  taskName(task: TaskId): string {
    const program = this.tasks.get(task)?.program;
    return program === undefined ? `${task}` : `${task}(${visible(basename(program))})`;
  }

  *describeTask(task: TaskId): Iterable<Packet> {
    const uuid = taskTrack(task);
    if (this.described.has(uuid)) return;
    this.described.add(uuid);
    const { pid: tid = task, group: pid = task } = this.tasks.get(task) ?? {};
    yield* this.describeProcess(task);
    yield { track: { uuid, parent: this.processOf(task), thread: { pid, tid, name: this.taskName(task) } } };
  }

  *describeSpace(space: SpaceId, owner: TaskId): Iterable<Packet> {
    const uuid = spaceTrack(space);
    if (this.described.has(uuid)) return;
    this.described.add(uuid);
    yield* this.describeProcess(owner);
    yield { track: { uuid, parent: this.processOf(owner), name: `mapped memory, space ${space}`, isCounter: true } };
  }

  private *describeProcess(task: TaskId): Iterable<Packet> {
    const uuid = this.processOf(task);
    if (this.described.has(uuid)) return;
    this.described.add(uuid);
    const { group: pid = task, program, parent } = this.tasks.get(task) ?? {};
    const process = { pid, ...(program !== undefined && { name: visible(program) }), ...(parent === undefined && { command: this.command }) };
    yield { track: { uuid, process } };
  }

  private processOf(task: TaskId): number {
    return processTrack(this.leaders.get(task) ?? task);
  }
}

/** The timeline for Perfetto, decoded by its own schema and compared with the trace. */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openTrace, spacesAfter, statTraces } from '../../src/index.js';
import { eventIndex } from '../../src/base/brands.js';
import { signalName, syscallName } from '../../src/syscalls/index.js';
import type { TraceEvent } from '../../src/trace/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { record } from '../harness/portrace.js';
import { assertSame } from '../harness/same.js';
import { umlCommand } from '../harness/uml.js';
import { recordUml } from '../harness/uml-record.js';
import { eventsOf, exported, golden, GOLDEN } from './exported.js';
import { decodePerfetto, type Annotation, type DecodedPacket } from './perfetto-schema.js';

type Descriptor = NonNullable<DecodedPacket['track_descriptor']>;
type Facts = Readonly<Record<string, string | number | boolean | Readonly<Record<string, unknown>> | undefined>>;

interface Slice {
  readonly track: number;
  readonly name: string;
  readonly category: string;
  readonly begin: number;
  readonly end: number;
  readonly facts: Facts;
}

interface Instant {
  readonly track: number;
  readonly name: string;
  readonly category: string;
  readonly time: number;
  readonly facts: Facts;
}

interface Timeline {
  readonly tracks: ReadonlyMap<number, Descriptor>;
  readonly slices: readonly Slice[];
  readonly instants: readonly Instant[];
  /** By track: times and values. */
  readonly counters: ReadonlyMap<number, readonly (readonly [time: number, value: number])[]>;
}

const factsOf = (annotations: readonly Annotation[] = []): Facts =>
  Object.fromEntries(
    annotations.map(({ name, bool_value, int_value, string_value, dict_entries }) => [name, bool_value ?? int_value ?? string_value ?? factsOf(dict_entries)]),
  );

/** Reads packets as Perfetto does, and asserts what it requires of them. */
function timelineOf(t: ExecutionContext, packets: readonly DecodedPacket[]): Timeline {
  const tracks = new Map<number, Descriptor>();
  const open = new Map<number, Omit<Slice, 'end'>[]>();
  const [slices, instants]: [Slice[], Instant[]] = [[], []];
  const counters = new Map<number, [number, number][]>();
  let last = 0;
  t.is(packets[0]!.sequence_flags, 1, 'the first packet clears the state of the sequence');
  for (const { timestamp, trusted_packet_sequence_id, track_descriptor: described, track_event: event } of packets) {
    if (trusted_packet_sequence_id !== 1) t.fail('a packet without its sequence');
    if (described !== undefined) {
      if (tracks.has(described.uuid) || described.uuid === 0) t.fail(`track ${described.uuid} is described twice, or has no number`);
      if (described.parent_uuid !== undefined && !tracks.has(described.parent_uuid)) t.fail(`track ${described.uuid} comes before its parent`);
      tracks.set(described.uuid, described);
      continue;
    }
    const { type, track_uuid: track, name = '', categories: [category = ''] = [], counter_value: value } = event!;
    const facts = factsOf(event!.debug_annotations);
    if (!tracks.has(track)) t.fail(`track ${track} is used before it is described`);
    if (timestamp! < last) t.fail(`${timestamp} comes behind ${last}`);
    last = timestamp!;
    const isCounter = tracks.get(track)!.counter !== undefined;
    if (isCounter !== (type === 'TYPE_COUNTER')) t.fail(`${type} on ${isCounter ? 'a counter' : 'no counter'}`);
    const stack = open.get(track) ?? [];
    open.set(track, stack);
    if (type === 'TYPE_SLICE_BEGIN') stack.push({ track, name, category, begin: timestamp!, facts });
    else if (type === 'TYPE_SLICE_END') slices.push({ ...stack.pop()!, end: timestamp!, facts: { ...stack.at(-1)?.facts, ...facts } });
    else if (type === 'TYPE_INSTANT') instants.push({ track, name, category, time: timestamp!, facts });
    else counters.set(track, [...(counters.get(track) ?? []), [timestamp!, value!]]);
    if (stack.length > 1) t.fail(`a task is in two calls at once: ${stack.map((each) => each.name).join(', ')}`);
  }
  t.deepEqual([...open.values()].filter((stack) => stack.length > 0), [], 'every slice ends');
  return { tracks, slices, instants, counters };
}

const decoded = (t: ExecutionContext, path: string, selection: { from?: number; to?: number; tasks?: number[] } = {}): Timeline =>
  timelineOf(t, decodePerfetto(exported(path, { format: 'perfetto', ...selection })));

/** The calls of a trace as slices or instants should show them, by track, without what they are given. */
function expectedCalls(events: readonly TraceEvent[]): string[] {
  const found: string[] = [];
  events.forEach((event, at) => {
    const { kind, task, syscall, time } = event;
    const line = (begun: TraceEvent, begin: number, end: number, result?: bigint): void => void found.push(`${task} ${syscallName(begun.syscall!.number)} ${begin} ${end} ${result ?? '?'}`);
    if (kind === 'syscall') line(event, at === 0 ? time : events[at - 1]!.time, time, syscall!.result);
    const entered = kind === 'leave' ? events[syscall!.entered! - 1]! : undefined;
    if (entered) line(entered, entered.time, time, syscall!.result);
    if (kind !== 'enter' && kind !== 'intercept') return;
    let behind = at + 1;
    const goesOn = (later: TraceEvent): boolean => later.task === task && (kind === 'intercept' || later.syscall !== undefined || later.kind === 'exit');
    while (behind < events.length && !goesOn(events[behind]!)) behind++;
    const next = events[behind];
    if (next?.kind !== 'leave' || next.syscall!.entered !== event.index) line(event, time, (next?.kind === 'syscall' ? events[behind - 1] : (next ?? events.at(-1)))!.time);
  });
  return found.sort();
}

function toldCalls({ tracks, slices, instants }: Timeline): string[] {
  const taskOf = (track: number): string => /^\d+/.exec(tracks.get(track)!.thread!.thread_name)![0];
  const calls = [...slices, ...instants.filter(({ category }) => category === 'call').map(({ time, ...rest }) => ({ ...rest, begin: time, end: time }))];
  return calls.map(({ track, name, begin, end, facts: { result = '?' } }) => `${taskOf(track)} ${name} ${begin} ${end} ${result}`).sort();
}

for (const name of GOLDEN) {
  test(`${name}: tracks, calls, signals, switches and mapped memory are those of the trace`, (t) => {
    const path = golden(name);
    const reader = openTrace(path);
    t.teardown(() => reader.close());
    const [events, tasks] = [[...reader.events()], reader.tasks()];
    const timeline = decoded(t, path);
    const threads = [...timeline.tracks.values()].flatMap(({ thread }) => thread ?? []);
    t.deepEqual(
      threads.map(({ pid, tid, thread_name }) => [pid, tid, thread_name]).sort(),
      tasks.map(({ task, pid, group, program }) => [group, pid, `${task}(${program!.split('/').at(-1)})`]).sort(),
    );
    for (const { thread, parent_uuid } of timeline.tracks.values()) {
      if (thread) t.is(timeline.tracks.get(parent_uuid!)!.process!.pid, thread.pid);
    }
    assertSame(t, toldCalls(timeline), expectedCalls(events));
    const signals = events.filter(({ kind }) => kind === 'signal').map(({ time, signal }) => [signalName(signal!.number), time]);
    t.deepEqual(timeline.instants.filter(({ category }) => category === 'signal').map((each) => [each.name, each.time]), signals);
    const switches = events.filter(({ task }, at) => at > 0 && events[at - 1]!.task !== task).map(({ index }) => [index, events[index - 2]!.time]);
    t.deepEqual(timeline.instants.filter(({ category }) => category === 'switch').map(({ facts, time }) => [facts.event, time]), switches);
    assertMapped(t, path, timeline, events.filter(({ index }) => index % 7 === 0 || index === events.length));
  });
}

/** The counters against the address spaces that a fold of the trace gives. */
function assertMapped(t: ExecutionContext, path: string, { tracks, counters }: Timeline, events: readonly TraceEvent[]): void {
  const reader = openTrace(path);
  t.teardown(() => reader.close());
  const last = new Map<number, number>();
  for (const event of reader.events()) last.set(event.time, event.index);
  for (const { event, spaces } of spacesAfter(reader, events.map(({ index }) => eventIndex(index)))) {
    if (last.get(event.time) !== event.index) continue;
    const told = new Map<string, number>();
    for (const [track, values] of counters) {
      const value = values.findLast(([time]) => time <= event.time)?.[1] ?? 0;
      if (value > 0) told.set(tracks.get(track)!.name!, value);
    }
    const mapped = spaces.map(({ space, pieces }) => [`mapped memory, space ${space}`, pieces.reduce((sum, { start, end }) => sum + end - start, 0)] as const);
    t.deepEqual(told, new Map(mapped.filter(([, bytes]) => bytes > 0)), `after event ${event.index}`);
  }
  for (const { counter } of tracks.values()) if (counter) t.is(counter.unit, 'UNIT_SIZE_BYTES');
}

test('what a call was given and returned stands at its end', (t) => {
  const { slices } = decoded(t, golden('files'));
  const failed = slices.find(({ name, facts }) => name === 'openat' && facts.error === 'ENOENT')!;
  t.like(failed.facts, { result: -2, since: 'event before' });
  t.deepEqual(failed.facts.arguments, { folder: 'AT_FDCWD', path: '"/nothing/of/this/name"', flags: 'O_RDONLY' });
  const waited = decoded(t, golden('processes')).slices.filter(({ name, facts }) => name === 'wait4' && facts.since === 'entry');
  t.true(waited.length > 0);
  for (const { facts } of waited) t.deepEqual(Object.keys(facts.arguments as object), ['pid', 'status', 'flags', 'usage']);
  const cloned = decoded(t, golden('processes')).slices.find(({ name }) => name === 'clone')!.facts.arguments as Facts;
  t.regex(String(cloned.child_stack), /^0x[0-9a-f]+$/);
  t.regex(String(cloned.flags), /^CLONE_VM\|/);
});

test('a part of a trace: what is under way begins with it, all ends with it, numbers stay the same', (t) => {
  const path = golden('processes');
  const events = eventsOf(path);
  const leave = events.find(({ kind, syscall, index }) => kind === 'leave' && index - syscall!.entered! > 2)!;
  const [from, to] = [leave.syscall!.entered! + 1, leave.index];
  const whole = decoded(t, path);
  const part = decoded(t, path, { from, to });
  const time = events[leave.syscall!.entered! - 1]!.time;
  t.truthy(part.slices.find(({ begin, end, facts }) => begin === time && end === leave.time && facts.return_event === leave.index));
  const known = new Set(toldCalls(whole));
  const inside = toldCalls(part).filter((call) => !call.endsWith('?'));
  t.deepEqual(inside.filter((call) => !known.has(call)), []);
  t.is(inside.length, events.filter(({ index, syscall }) => index >= from && index <= to && syscall?.result !== undefined).length);
  const until = decoded(t, path, { to: to - 1 });
  t.true(until.slices.some(({ begin, end, facts }) => begin === time && end === events[to - 2]!.time && facts.returned === false));
});

test('a choice of tasks has no tracks of others', (t) => {
  const { tracks } = decoded(t, golden('processes'), { tasks: [2] });
  t.deepEqual([...tracks.values()].flatMap(({ thread }) => thread?.thread_name.split('(')[0] ?? []), ['2']);
});

test('threads are threads of one process', async (t) => {
  const trace = join(temporaryFolder(t), 'threads.trace');
  await record(t, trace, [guestProgram('threads')]);
  const { tracks } = decoded(t, trace);
  const threads = [...tracks.values()].flatMap(({ thread }) => thread ?? []);
  t.true(threads.length > 4);
  t.is([...tracks.values()].filter(({ process: described }) => described).length, 1);
  t.is(new Set(threads.map(({ pid }) => pid)).size, 1);
  t.is(new Set(threads.map(({ tid }) => tid)).size, threads.length);
});

test('a User-Mode Linux guest: the calls of its processes last until their kernel lets them go on', async (t) => {
  const trace = join(temporaryFolder(t), 'uml.trace');
  const recorded = await recordUml(t, trace, umlCommand({ init: 'maps-init.sh' }));
  t.is(recorded.code, 0, recorded.stderr);
  const events = eventsOf(trace);
  const timeline = decoded(t, trace);
  assertSame(t, toldCalls(timeline), expectedCalls(events));
  const intercepted = timeline.slices.filter(({ category }) => category === 'intercept');
  t.is(intercepted.length, events.filter(({ kind }) => kind === 'intercept').length);
  t.true(intercepted.some(({ name, facts, begin, end }) => name === 'execve' && facts.result === undefined && end > begin));
  const reader = openTrace(trace);
  t.teardown(() => reader.close());
  const { total } = statTraces([reader]).traces[0]!;
  t.is(toldCalls(timeline).length, total.calls);
  assertMapped(t, trace, timeline, events.filter(({ index }) => index % 5000 === 0));
});

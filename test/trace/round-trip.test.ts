import { readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import SQLite from 'better-sqlite3';
import { eventIndex, taskId, type Nanoseconds } from '../../src/base/brands.js';
import { ARGUMENT_REGISTERS, callArguments } from '../../src/base/registers.js';
import { EVENT_KINDS, type EventKind, type NewEvent, type ObjectContent, type SyscallFacts, type TraceEvent } from '../../src/trace/events.js';
import { BLOCK_METHOD, BLOCK_SIZE, KEYFRAME_INTERVAL } from '../../src/trace/format.js';
import { TraceReader, TraceWriter } from '../../src/trace/index.js';
import { assertSame } from '../harness/same.js';
import { Generator, OBJECTS, SESSION } from './generated.js';
import { COUNTS, END, readEverything, record, recordImported } from './recording.js';
import { traceFor } from './temporary.js';

test('what is written comes back: events of every kind, objects, contents, facts', (t) => {
  const path = traceFor(t);
  const { events, contents } = record(path, 1500);
  t.deepEqual([...new Set(events.map((event) => event.kind))].sort(), [...EVENT_KINDS].sort());
  assertSame(t, readEverything(path), { session: SESSION, end: END, objects: OBJECTS, events, contents });
});

test('an imported trace tells where it comes from and what became of the lines', (t) => {
  const path = traceFor(t);
  recordImported(path, 10);
  const reader = TraceReader.open(path);
  t.deepEqual(reader.session.imported, { tool: 'strace', log: 'sh.log' });
  t.deepEqual(reader.importCounts, COUNTS);
  reader.close();
});

test('a finished trace is one file', (t) => {
  const path = traceFor(t);
  record(path, 100);
  t.deepEqual(readdirSync(dirname(path)), ['a.trace']);
});

test('an unlabelled session has no label', (t) => {
  const { port: _, ...unlabelled } = SESSION;
  const path = traceFor(t);
  const writer = TraceWriter.create(path, {});
  writer.begin(unlabelled);
  writer.finish(END);
  t.deepEqual(TraceReader.open(path).session, unlabelled);
});

test('events are read from anywhere, and of one task', (t) => {
  const path = traceFor(t);
  // Across the keyframe at 16385.
  const { events } = record(path, 17000, 2);
  const reader = TraceReader.open(path);
  t.is(reader.eventCount, 17000);
  const read = (from: number, to?: number): TraceEvent[] => [
    ...reader.events({ from: eventIndex(from), ...(to === undefined ? {} : { to: eventIndex(to) }) }),
  ];
  t.deepEqual(read(1, 1), events.slice(0, 1));
  t.deepEqual(read(16380, 16390), events.slice(16379, 16390));
  t.deepEqual(read(16384, 16384), events.slice(16383, 16384));
  t.deepEqual(read(16385, 16386), events.slice(16384, 16386));
  assertSame(t, read(16990), events.slice(16989));
  t.deepEqual(read(-5, 2), events.slice(0, 2));
  t.deepEqual(read(17001), []);
  t.deepEqual(read(10, 9), []);
  const third = [...reader.events({ task: taskId(3) })];
  assertSame(t, third, events.filter((event) => event.task === 3));
});

/** What a trace of these events gives back. */
function again(t: ExecutionContext, events: readonly NewEvent[], from = 1): TraceEvent[] {
  const path = traceFor(t);
  const writer = TraceWriter.create(path, {});
  writer.begin(SESSION);
  for (const event of events) writer.append(event);
  writer.finish(END);
  const reader = TraceReader.open(path);
  const read = [...reader.events({ from: eventIndex(from) })];
  reader.close();
  return read;
}

const base = (kind: EventKind): NewEvent => ({ task: taskId(1), kind, time: 0 as Nanoseconds, inputs: [], effects: [] });

test('times are kept in microseconds', (t) => {
  const times = [0, 999, 1000, 1999, 2 ** 40 + 1].map((time) => ({ ...base('preempt'), time: time as Nanoseconds }));
  t.deepEqual(again(t, times).map(({ time }) => time as number), [0, 0, 1000, 1000, Math.floor((2 ** 40 + 1) / 1000) * 1000]);
});

test('arguments that a call has not are in the registers', (t) => {
  const registers = new Generator(5).file(1);
  ARGUMENT_REGISTERS.forEach((register, index) => registers.setLong(register, BigInt(index) + (1n << 63n)));
  for (let argumentCount = 0; argumentCount <= 6; argumentCount++) {
    const [read] = again(t, [{ ...base('syscall'), registers, syscall: { number: 1, argumentCount, result: 0n } }]);
    t.deepEqual(read!.syscall, { number: 1, arguments: callArguments(registers), result: 0n });
    t.deepEqual(read!.registers, registers);
  }
});

const WORDS = [1n, 2n, 3n, 4n, 5n, 6n] as const;
const entered = eventIndex(1);

test('a call that returns later has the arguments with which it began, or its own', (t) => {
  const registers = new Generator(5).file(1);
  ARGUMENT_REGISTERS.forEach((register, index) => registers.setLong(register, WORDS[index]!));
  const enter: NewEvent = { ...base('enter'), registers, syscall: { number: 7, argumentCount: 3 } };
  const leave = (words: SyscallFacts['arguments'], argumentCount: number): SyscallFacts['arguments'] => {
    // A tracer may have made another call of it.
    const call = { number: 39, arguments: words, argumentCount, result: 0n, entered };
    return again(t, [enter, { ...base('leave'), syscall: call }])[1]!.syscall!.arguments;
  };
  t.deepEqual(leave(WORDS, 3), [1n, 2n, 3n, 0n, 0n, 0n]);
  t.deepEqual(leave([1n, 2n, 9n, 4n, 5n, 6n], 3), [1n, 2n, 9n, 0n, 0n, 0n]);
  t.deepEqual(leave(WORDS, 4), [1n, 2n, 3n, 4n, 0n, 0n]);
  t.deepEqual(leave([1n, 2n, 3n, 8n, 8n, 8n], 3), [1n, 2n, 3n, 0n, 0n, 0n]);
  t.deepEqual(leave(WORDS, 0), [0n, 0n, 0n, 0n, 0n, 0n]);
});

test('a call that returns behind the next keyframe has its arguments, also for who reads from there', (t) => {
  const call = { number: 7, arguments: WORDS, argumentCount: 3 };
  const between = Array.from({ length: KEYFRAME_INTERVAL }, () => base('preempt'));
  const events: NewEvent[] = [{ ...base('enter'), syscall: call }, ...between, { ...base('leave'), syscall: { ...call, result: 0n, entered } }];
  for (const from of [1, KEYFRAME_INTERVAL + 2]) t.deepEqual(again(t, events, from).at(-1)!.syscall!.arguments, [1n, 2n, 3n, 0n, 0n, 0n]);
});

/** A siginfo_t with the number, the code, and what stands at byte 16. */
function siginfo(number: number, code: number, word: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(128));
  view.setInt32(0, number, true);
  view.setInt32(8, code, true);
  view.setBigUint64(16, word, true);
  view.setInt32(24, -7, true);
  return new Uint8Array(view.buffer);
}

test('a siginfo that has no room is refused, not cut', (t) => {
  const event: NewEvent = { ...base('resume'), signal: { number: 10, disposition: 'tracer', synchronous: false, siginfo: new Uint8Array(129) } };
  t.throws(() => again(t, [event]), { instanceOf: RangeError });
});

test('a siginfo comes back, whatever of it has columns of its own', (t) => {
  const infos = [
    siginfo(11, 1, 0x7fff12345678n),
    siginfo(11, 1, 0xffffffffff600000n),
    siginfo(11, 2, 2n ** 63n),
    siginfo(7, 3, 2n ** 60n + 1n),
    siginfo(17, 1, 4711n),
    siginfo(10, -6, 2n ** 31n + 4711n),
    siginfo(5, 0x80, 0n),
    siginfo(14, -2, 5n),
    new Uint8Array(128),
    new Uint8Array(128).fill(255),
  ];
  const events = infos.map((each) => ({ ...base('resume'), signal: { number: each[0]! & 31, disposition: 'tracer' as const, synchronous: false, siginfo: each } }));
  t.deepEqual(again(t, events).map(({ signal }) => signal!.siginfo), infos);
});

test('several passes over one reader do not disturb each other', (t) => {
  const path = traceFor(t);
  const { events } = record(path, 700);
  const reader = TraceReader.open(path);
  const slow = reader.events();
  t.deepEqual(slow.next().value, events[0]);
  assertSame(t, [...reader.events()], events);
  t.deepEqual(reader.contents(eventIndex(51)).length, 3);
  assertSame(t, [...slow], events.slice(1));
});

test('a byte string is stored once, however often it comes', (t) => {
  const path = traceFor(t);
  const writer = TraceWriter.create(path, {});
  writer.begin(SESSION);
  const bytes = new Generator(1).bytes(100000);
  const effect = { type: 'memory', space: 1, address: 4096, bytes } as never;
  for (let time = 0; time < 50; time++) {
    writer.append({ task: 1, kind: 'tsc', time, inputs: [], effects: [effect] } as never);
  }
  writer.finish(END);
  const reader = TraceReader.open(path);
  t.is(reader.summary().contents.count, 1);
  t.true(statSync(path).size < 300000);
  for (const event of reader.events()) assertSame(t, (event.effects[0] as { bytes: unknown }).bytes, bytes);
});

test('contents may be empty, of a block, and of many blocks', (t) => {
  const path = traceFor(t);
  const writer = TraceWriter.create(path, {});
  writer.begin(SESSION);
  const generator = new Generator(1);
  const sizes = [0, 1, 131071, 262144, 1048576, 3000000, BLOCK_SIZE - 1, BLOCK_SIZE, BLOCK_SIZE + 1, 2 * BLOCK_SIZE];
  const contents = sizes.map(
    (size, place) =>
      ({ object: 1, event: 1, offset: place * 2 * BLOCK_SIZE, bytes: generator.bytes(size) }) as unknown as ObjectContent,
  );
  for (const content of contents) writer.content(content);
  writer.append(generator.event());
  writer.finish(END);
  assertSame(t, TraceReader.open(path).contents(eventIndex(1)), contents);
});

/** Pieces of one object, of these bytes each, with the first event. */
function writeContents(writer: TraceWriter, pieces: readonly Uint8Array[]): readonly ObjectContent[] {
  const contents = pieces.map((bytes, place) => ({ object: 1, event: 1, offset: place * 4 * BLOCK_SIZE, bytes }) as unknown as ObjectContent);
  for (const content of contents) writer.content(content);
  writer.append(new Generator(1).event());
  return contents;
}

/** The methods of all blocks, in order. */
function methods(path: string): unknown[] {
  const database = new SQLite(path, { readonly: true });
  const found = database.prepare('SELECT method FROM blocks ORDER BY id').pluck().all();
  database.close();
  return found;
}

/** Half of each byte's bits: easy to pack. */
const packable = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte & 15);

test('more blocks than may wait are packed, and what cannot be packed is stored as it is', (t) => {
  const path = traceFor(t);
  const writer = TraceWriter.create(path, {});
  writer.begin(SESSION);
  const generator = new Generator(2);
  const pieces = [packable(generator.bytes(BLOCK_SIZE * 12)), generator.bytes(BLOCK_SIZE * 2), generator.bytes(10)];
  const contents = writeContents(writer, pieces);
  writer.finish(END);
  t.deepEqual(methods(path).slice(0, 14), [...Array<number>(12).fill(BLOCK_METHOD.zstd), BLOCK_METHOD.raw, BLOCK_METHOD.raw]);
  assertSame(t, TraceReader.open(path).contents(eventIndex(1)), contents);
});

test('blocks are stored as they are at a commit, and packed when there is time or at the end', (t) => {
  const path = traceFor(t);
  const writer = TraceWriter.create(path, {});
  writer.begin(SESSION);
  const contents = writeContents(writer, [packable(new Generator(3).bytes(BLOCK_SIZE * 2 + 1000))]);
  const readBack = (): void => {
    const reader = TraceReader.open(path);
    assertSame(t, reader.contents(eventIndex(1)), contents);
    reader.close();
  };
  writer.commit();
  t.deepEqual(methods(path), [BLOCK_METHOD.raw, BLOCK_METHOD.raw, BLOCK_METHOD.raw]);
  readBack();
  writer.improve();
  writer.commit();
  t.deepEqual(methods(path), [BLOCK_METHOD.brotli, BLOCK_METHOD.raw, BLOCK_METHOD.raw]);
  readBack();
  writer.finish(END);
  const [first, second, last] = methods(path);
  t.deepEqual([first, second], [BLOCK_METHOD.brotli, BLOCK_METHOD.zstd]);
  // Well or quickly: by the time that this took.
  t.not(last, BLOCK_METHOD.raw);
  readBack();
  t.true(statSync(path).size < BLOCK_SIZE * 1.5);
});

// The last page of the larger one lies in two blocks.
for (const size of [16384 + 100, 2 * BLOCK_SIZE]) {
  test(`a page of a content of ${size} bytes is not stored again`, (t) => {
    const path = traceFor(t);
    const writer = TraceWriter.create(path, {});
    writer.begin(SESSION);
    const generator = new Generator(4);
    const before = { object: 1, event: 1, offset: 0, bytes: generator.bytes(100) } as unknown as ObjectContent;
    const content = { object: 1, event: 1, offset: 4096, bytes: generator.bytes(size) } as unknown as ObjectContent;
    writer.content(before);
    writer.content(content);
    const lastPage = size - (size % 4096) - 4096;
    const read = [content.bytes.slice(lastPage, lastPage + 4096), content.bytes.slice(0, 4096), content.bytes.slice(100, 4196)];
    const effects = read.map((bytes, place) => ({ type: 'memory', space: 1, address: 4096 * place, bytes }));
    writer.append({ task: 1, kind: 'tsc', time: 0, inputs: [], effects } as never);
    writer.finish(END);
    const database = new SQLite(path, { readonly: true });
    t.is(database.prepare('SELECT sum(size) FROM blocks').pluck().get(), 100 + size + 4096);
    database.close();
    const reader = TraceReader.open(path);
    assertSame(t, reader.contents(eventIndex(1)), [before, content]);
    const [event] = [...reader.events()];
    assertSame(t, event!.effects.map((effect) => (effect as { bytes: unknown }).bytes), read);
    reader.close();
  });
}

test('bytes may change once they are handed over', (t) => {
  const path = traceFor(t);
  const writer = TraceWriter.create(path, {});
  writer.begin(SESSION);
  const bytes = new Uint8Array(200).fill(7);
  const effect = { type: 'memory', space: 1, address: 4096, bytes } as never;
  const piece = new Uint8Array(20).fill(7);
  writer.content({ object: 1, event: writer.nextIndex, offset: 0, bytes: piece } as never);
  piece.fill(9);
  writer.append({ task: 1, kind: 'tsc', time: 1, inputs: [], effects: [effect] } as never);
  bytes.fill(9);
  writer.finish(END);
  const reader = TraceReader.open(path);
  const [event] = [...reader.events()];
  t.deepEqual((event!.effects[0] as { bytes: unknown }).bytes, new Uint8Array(200).fill(7));
  t.deepEqual(reader.contents(eventIndex(1))[0]!.bytes, new Uint8Array(20).fill(7));
});

test('content of another event than the next is refused', (t) => {
  const writer = TraceWriter.create(traceFor(t), {});
  writer.begin(SESSION);
  t.throws(() => writer.content({ object: 1, event: 2, offset: 0, bytes: new Uint8Array(1) } as never), {
    instanceOf: RangeError,
  });
  writer.close();
});

test('the size so far is about the size of the file', (t) => {
  const path = traceFor(t);
  const writer = TraceWriter.create(path, {});
  writer.begin(SESSION);
  const generator = new Generator(3);
  for (let written = 0; written < 3000; written++) writer.append(generator.event());
  writer.finish(END);
  const ratio = writer.bytesWritten / statSync(path).size;
  t.true(ratio > 0.8 && ratio < 1.2, String(ratio));
});

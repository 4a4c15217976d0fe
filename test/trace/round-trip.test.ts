import { readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'ava';
import SQLite from 'better-sqlite3';
import { eventIndex, taskId } from '../../src/base/brands.js';
import { EVENT_KINDS, type ObjectContent, type TraceEvent } from '../../src/trace/events.js';
import { TraceReader, TraceWriter } from '../../src/trace/index.js';
import { assertSame } from '../harness/same.js';
import { Generator, OBJECTS, SESSION } from './generated.js';
import { TABLES_OF_VERSION_2 } from '../../src/trace/schema.js';
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

test('a trace of format version 1 is read: it lacks tables that are empty then', (t) => {
  const path = traceFor(t);
  const writer = TraceWriter.create(path, {});
  const generator = new Generator(3);
  writer.begin(SESSION);
  for (const object of OBJECTS) writer.object(object);
  const events = Array.from({ length: 20 }, () => generator.event('signal')).map((event) => ({ ...event, index: writer.append(event) }));
  writer.finish(END);
  const database = new SQLite(path);
  for (const { name } of TABLES_OF_VERSION_2) database.exec(`DROP TABLE ${name}`);
  database.pragma('user_version = 1');
  database.close();
  t.deepEqual(readEverything(path), { session: SESSION, end: END, objects: OBJECTS, events, contents: [] });
  const reader = TraceReader.open(path);
  t.is(reader.formatVersion, 1);
  t.is(reader.summary().signals.size > 0, true);
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
  // Across the keyframes at 4097 and 8193.
  const { events } = record(path, 9000, 2);
  const reader = TraceReader.open(path);
  t.is(reader.eventCount, 9000);
  const read = (from: number, to?: number): TraceEvent[] => [
    ...reader.events({ from: eventIndex(from), ...(to === undefined ? {} : { to: eventIndex(to) }) }),
  ];
  t.deepEqual(read(1, 1), events.slice(0, 1));
  t.deepEqual(read(4090, 4100), events.slice(4089, 4100));
  t.deepEqual(read(4096, 4096), events.slice(4095, 4096));
  t.deepEqual(read(4097, 4098), events.slice(4096, 4098));
  assertSame(t, read(8990), events.slice(8989));
  t.deepEqual(read(-5, 2), events.slice(0, 2));
  t.deepEqual(read(9001), []);
  t.deepEqual(read(10, 9), []);
  const third = [...reader.events({ task: taskId(3) })];
  assertSame(t, third, events.filter((event) => event.task === 3));
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
  const sizes = [0, 1, 131071, 262144, 524287, 524288, 1048576, 1500000, 3000000];
  const contents = sizes.map(
    (size, place) =>
      ({ object: 1, event: 1, offset: place * 4194304, bytes: generator.bytes(size) }) as unknown as ObjectContent,
  );
  for (const content of contents) writer.content(content);
  writer.append(generator.event());
  writer.finish(END);
  assertSame(t, TraceReader.open(path).contents(eventIndex(1)), contents);
});

for (const size of [16384 + 100, 1048576]) {
  test(`a page of a content of ${size} bytes is not stored again`, (t) => {
    const path = traceFor(t);
    const writer = TraceWriter.create(path, {});
    writer.begin(SESSION);
    const generator = new Generator(4);
    const content = { object: 1, event: 1, offset: 0, bytes: generator.bytes(size) } as unknown as ObjectContent;
    writer.content(content);
    const read = [content.bytes.slice(8192, 12288), content.bytes.slice(0, 4096), content.bytes.slice(100, 4196)];
    const effects = read.map((bytes, place) => ({ type: 'memory', space: 1, address: 4096 * place, bytes }));
    writer.append({ task: 1, kind: 'tsc', time: 0, inputs: [], effects } as never);
    writer.finish(END);
    const database = new SQLite(path, { readonly: true });
    t.is(database.prepare('SELECT sum(size) FROM blocks').pluck().get(), size + 4096);
    database.close();
    const reader = TraceReader.open(path);
    assertSame(t, reader.contents(eventIndex(1)), [content]);
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

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { eventIndex } from '../../src/base/brands.js';
import { Trouble } from '../../src/base/errors.js';
import { ThreadedTraceWriter, TraceReader } from '../../src/trace/index.js';
import { assertSame } from '../harness/same.js';
import { Generator, SESSION } from './generated.js';
import { END, readEverything, record, writeGenerated } from './recording.js';
import { traceFor } from './temporary.js';

const TRACE = new URL('../../src/trace/index.js', import.meta.url);

/** What a reader sees that comes while the trace is written. */
async function committed(path: string, events: number): Promise<number> {
  for (;;) {
    const reader = TraceReader.open(path);
    const count = reader.eventCount;
    reader.close();
    if (count >= events) return count;
    await setImmediate();
  }
}

// The smaller backlog is shorter than most events and than every content.
for (const backlog of [undefined, 256]) {
  test(`a thread writes what would be written at once, with a backlog of ${backlog ?? 'the usual'} bytes`, (t) => {
    const [atOnce, byThread] = [traceFor(t), traceFor(t)];
    record(atOnce, 100);
    const writer = ThreadedTraceWriter.create(byThread, backlog === undefined ? {} : { backlog });
    writer.begin(SESSION);
    writeGenerated(writer, 100);
    t.is(writer.nextIndex, eventIndex(101));
    writer.finish(END);
    assertSame(t, readEverything(byThread), readEverything(atOnce));
    t.true(writer.bytesWritten > 100_000);
  });
}

test('an existing file is kept, unless it is to be replaced', (t) => {
  const path = traceFor(t);
  writeFileSync(path, 'precious');
  const error = t.throws(() => ThreadedTraceWriter.create(path, {}), { instanceOf: Trouble, message: /it exists; .*--force/ });
  t.is(error.kind, 'storage');
  t.is(readFileSync(path, 'utf8'), 'precious');
  const writer = ThreadedTraceWriter.create(path, { force: true });
  writer.begin(SESSION);
  writer.finish(END);
  t.true(TraceReader.open(path).complete);
});

test('bytes may change once they are handed over', (t) => {
  const path = traceFor(t);
  const writer = ThreadedTraceWriter.create(path, {});
  writer.begin(SESSION);
  const registers = new Generator(1).file(1);
  const expected = registers.clone();
  const bytes = new Uint8Array(1000).fill(7);
  const event = {
    task: 1,
    kind: 'syscall',
    time: 1,
    registers,
    inputs: [{ argument: 1, address: 4096, bytes: bytes.subarray(100, 200) }],
    effects: [{ type: 'memory', space: 1, address: 4096, bytes: bytes.subarray(500) }],
  };
  writer.content({ object: 1, event: writer.nextIndex, offset: 0, bytes } as never);
  writer.append(event as never);
  bytes.fill(9);
  registers.bytes.fill(9);
  writer.finish(END);
  const reader = TraceReader.open(path);
  const [read] = [...reader.events()];
  t.deepEqual(read!.registers, expected);
  t.deepEqual(read!.inputs[0]!.bytes, new Uint8Array(100).fill(7));
  t.deepEqual((read!.effects[0] as { bytes: unknown }).bytes, new Uint8Array(500).fill(7));
  t.deepEqual(reader.contents(eventIndex(1))[0]!.bytes, new Uint8Array(1000).fill(7));
});

test('content of another event than the next is refused at once', (t) => {
  const writer = ThreadedTraceWriter.create(traceFor(t), {});
  writer.begin(SESSION);
  const content = { object: 1, event: 2, offset: 0, bytes: new Uint8Array(1) };
  t.throws(() => writer.content(content as never), { instanceOf: RangeError });
  writer.close();
});

test('an event is committed though nothing follows it', async (t) => {
  const path = traceFor(t);
  const writer = ThreadedTraceWriter.create(path, {});
  writer.begin(SESSION);
  writer.append(new Generator(1).event());
  t.is(await committed(path, 1), 1);
  t.false(TraceReader.open(path).complete);
  writer.close();
});

test('a bug in the thread is told by its message, and what was committed is kept', async (t) => {
  const path = traceFor(t);
  const writer = ThreadedTraceWriter.create(path, {});
  writer.begin(SESSION);
  writer.append(new Generator(1).event());
  await committed(path, 1);
  writer.append({ ...new Generator(1).event(), task: 0.5 as never });
  const error = t.throws(() => writer.finish(END), { message: '0.5 is not a whole number' });
  t.false(error instanceof Trouble);
  t.throws(() => writer.append(new Generator(1).event()), { instanceOf: Trouble, message: /after its end or a failure/ });
  writer.close();
  t.is([...TraceReader.open(path).events()].length, 1);
});

test('a failure that no call told is told by closing', (t) => {
  const writer = ThreadedTraceWriter.create(traceFor(t), {});
  writer.begin(SESSION);
  writer.append({ ...new Generator(1).event(), task: 0.5 as never });
  t.throws(() => writer.close(), { message: '0.5 is not a whole number' });
  t.notThrows(() => writer.close());
});

test('a trace may be closed before its beginning, and twice', (t) => {
  const path = traceFor(t);
  const writer = ThreadedTraceWriter.create(path, {});
  writer.close();
  t.notThrows(() => writer.close());
});

test('a process ends though it does not close its trace', (t) => {
  const path = traceFor(t);
  const script = `
    import { ThreadedTraceWriter } from '${TRACE.href}';
    ThreadedTraceWriter.create('${path}', {}).begin(${JSON.stringify(SESSION)});
    console.log('begun');`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 60_000 });
  t.is(run.stderr, '');
  t.is(run.stdout, 'begun\n');
  t.is(run.status, 0);
});

/** Reading ahead gives what reading gives, and its errors at the same place. */
import { readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import SQLite from 'better-sqlite3';
import { batchesOf, type Batch } from '../../src/replayer/batches.js';
import { openBatches } from '../../src/replayer/prefetch.js';
import { TraceReader } from '../../src/trace/index.js';
import { record } from '../trace/recording.js';
import { traceFor } from '../trace/temporary.js';

// Several batches.
const EVENTS = 5200;
const OPTIONS = { compareMemory: false, reportOutput: true };

interface Read {
  readonly batches: readonly Batch[];
  readonly error?: string;
}

function collect(next: () => Batch | undefined): Read {
  const batches: Batch[] = [];
  try {
    for (let batch = next(); batch; batch = next()) batches.push(batch);
    return { batches };
  } catch (error) {
    return { batches, error: String(error) };
  }
}

function readAhead(t: ExecutionContext, trace: string, thread?: URL): Read {
  const reader = TraceReader.open(trace);
  t.teardown(() => reader.close());
  const range = { from: 1, to: reader.eventCount };
  const source = openBatches({ reader, trace, range, options: OPTIONS, ...(thread && { thread }) });
  const read = collect(() => source.next());
  source.close();
  return read;
}

function readPlainly(t: ExecutionContext, trace: string): Read {
  const reader = TraceReader.open(trace);
  t.teardown(() => reader.close());
  const batches = batchesOf(reader, { from: 1, to: reader.eventCount }, OPTIONS);
  return collect(() => batches.next().value ?? undefined);
}

/** What was read without where batches end; times to an event apart, which begin anew with a reader. */
function whole({ batches, error }: Read): unknown {
  const plan = Buffer.concat(batches.map((batch) => batch.plan));
  for (let at = 0; at < plan.length; at += plan.readUInt32LE(at)) plan.fill(0, at + 16, at + 24);
  let expected = 1;
  const inOrder = batches.every(({ first, count }) => first === (expected += count) - count);
  return { plan: plan.toString('latin1'), others: batches.flatMap(({ others }) => others), events: expected - 1, inOrder, error };
}

test('reading ahead gives the batches of the whole trace', (t) => {
  const trace = traceFor(t);
  record(trace, EVENTS);
  const ahead = whole(readAhead(t, trace)) as { events: number; inOrder: boolean };
  t.true(isDeepStrictEqual(ahead, whole(readPlainly(t, trace))));
  t.is(ahead.events, EVENTS);
  t.true(ahead.inOrder);
});

test('a thread that ends leaves the rest to be read here', (t) => {
  const trace = traceFor(t);
  record(trace, EVENTS);
  const read = readAhead(t, trace, new URL('./thread-that-ends.js', import.meta.url));
  t.true(isDeepStrictEqual(whole(read), whole(readPlainly(t, trace))));
});

for (const [what, statement] of Object.entries({
  'an event that is damaged': 'UPDATE events SET microseconds = microseconds + 1 WHERE id = 4000',
  'an event that is missing': 'DELETE FROM events WHERE id = 4000',
  'contents of a mapping that are damaged': 'UPDATE contents SET hash = zeroblob(16) WHERE id = (SELECT max(content) FROM object_contents)',
})) {
  test(`${what} comes out behind the same events`, (t) => {
    const trace = traceFor(t);
    record(trace, EVENTS);
    const database = new SQLite(trace);
    t.is(database.prepare(statement).run().changes, 1);
    database.close();
    const ahead = whole(readAhead(t, trace)) as { events: number; error?: string };
    t.true(isDeepStrictEqual(ahead, whole(readPlainly(t, trace))));
    t.true(ahead.error !== undefined || ahead.events === EVENTS);
  });
}

const threads = (): string[] => readdirSync('/proc/self/task');

test('a source that is closed early ends its thread', async (t) => {
  t.timeout(60_000);
  const trace = traceFor(t);
  const before = threads();
  record(trace, EVENTS);
  const reader = TraceReader.open(trace);
  const source = openBatches({ reader, trace, range: { from: 1, to: reader.eventCount }, options: OPTIONS });
  t.is(source.next()?.first, 1);
  // Node.js may start threads of its own, which stay.
  const born = threads().filter((id) => !before.includes(id));
  t.true(born.length > 0);
  source.close();
  reader.close();
  while (born.every((id) => threads().includes(id))) await nextTurn();
  t.true(born.some((id) => !threads().includes(id)));
});

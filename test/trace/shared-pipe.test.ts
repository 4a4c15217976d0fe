import { Worker } from 'node:worker_threads';
import test from 'ava';
import { PipeReader, PipeWriter, pipeMemory } from '../../src/trace/shared-pipe.js';
import { Generator } from './generated.js';

const SIZE = 256;
// Shorter than the ring, as long as it with the length before, longer, much longer, nothing.
const LENGTHS = [1, 200, 252, 253, 1000, 0, 7];

const never = (): never => {
  throw new Error('the ring is full');
};

test('messages come in order, and are whole across the end of the ring', (t) => {
  const memory = pipeMemory(SIZE);
  const writer = new PipeWriter(memory, never);
  const reader = new PipeReader(memory);
  const generator = new Generator(1);
  for (let round = 0; round < 100; round++) {
    const messages = [generator.bytes(generator.number(100)), generator.bytes(generator.number(100))];
    for (const message of messages) writer.write(message);
    t.deepEqual([reader.next(0), reader.next(0), reader.next(0)], [...messages, undefined]);
    t.is(writer.backlog, 0);
  }
});

test('a writer waits while the ring is full, and never writes over what was not taken', (t) => {
  const memory = pipeMemory(SIZE);
  const generator = new Generator(2);
  const got: (Uint8Array | undefined)[] = [];
  const backlogs: number[] = [];
  const reader = new PipeReader(memory);
  const writer = new PipeWriter(memory, () => {
    backlogs.push(writer.backlog);
    got.push(reader.next(0));
  });
  const messages = Array.from({ length: 50 }, () => generator.bytes(60));
  for (const message of messages) writer.write(message);
  for (let rest = reader.next(0); rest; rest = reader.next(0)) got.push(rest);
  t.deepEqual(got, messages);
  t.true(backlogs.length > 40);
  t.deepEqual([...new Set(backlogs)], [SIZE]);
});

test('a writer without a reader does not wait for ever', (t) => {
  const writer = new PipeWriter(pipeMemory(SIZE), never);
  t.throws(() => writer.write(new Uint8Array(SIZE)), { message: 'the ring is full' });
});

test('a message may be longer than the ring: another thread reads meanwhile', async (t) => {
  const memory = pipeMemory(SIZE);
  const pipe = new URL('../../src/trace/shared-pipe.js', import.meta.url);
  const script = `
    const { workerData, parentPort } = require('node:worker_threads');
    import('${pipe.href}').then(({ PipeReader }) => {
      const reader = new PipeReader(workerData);
      parentPort.postMessage(${JSON.stringify(LENGTHS)}.map(() => reader.next(Infinity)));
    });`;
  const worker = new Worker(script, { eval: true, workerData: memory });
  const generator = new Generator(3);
  const messages = LENGTHS.map((length) => generator.bytes(length));
  const writer = new PipeWriter(memory, () => undefined);
  for (const message of messages) writer.write(message);
  writer.wake();
  const got = await new Promise((resolve) => worker.once('message', resolve));
  t.deepEqual(got, messages);
});

test('the size of a ring is a power of two', (t) => {
  t.throws(() => pipeMemory(1000), { instanceOf: RangeError });
});

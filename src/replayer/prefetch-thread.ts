/** The thread that reads ahead; see prefetch.ts. */
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { workerData } from 'node:worker_threads';
import { Trouble } from '../base/errors.js';
import { TraceReader } from '../trace/index.js';
import { batchesOf } from './batches.js';
import { LOOK_AHEAD, portable, Shared, type PrefetchMessage, type PrefetchTask } from './prefetch.js';

const { trace, range, options, shared, port } = workerData as PrefetchTask;

let sent = 0;

function send(message: PrefetchMessage, plan?: Uint8Array<ArrayBuffer>): void {
  port.postMessage(message, plan ? [plan.buffer] : []);
  Atomics.store(shared, Shared.sent, ++sent);
  Atomics.notify(shared, Shared.sent);
}

/** Waits until few enough batches are ready. False where no more are wanted. */
function hasRoom(): boolean {
  for (;;) {
    if (Atomics.load(shared, Shared.closing) !== 0) return false;
    const taken = Atomics.load(shared, Shared.taken);
    if (sent - taken < LOOK_AHEAD) return true;
    Atomics.wait(shared, Shared.taken, taken, 1000);
  }
}

function readAhead(): void {
  const reader = TraceReader.open(trace);
  try {
    for (const { others, ...batch } of batchesOf(reader, range, options)) {
      send({ batch, others: others.map(portable) }, batch.plan);
      if (!hasRoom()) return;
    }
    send({ end: true });
  } finally {
    reader.close();
  }
}

function failed(error: unknown): PrefetchMessage {
  if (error instanceof Trouble) return { trouble: { kind: error.kind, message: error.message } };
  return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

Atomics.store(shared, Shared.thread, Number(basename(readlinkSync('/proc/thread-self'))));
try {
  readAhead();
} catch (error) {
  send(failed(error));
}
Atomics.store(shared, Shared.closed, 1);
Atomics.notify(shared, Shared.closed);

/** Reads ahead as src/replayer/prefetch-thread.ts does, but ends after its first batch. */
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { workerData } from 'node:worker_threads';
import { batchesOf } from '../../src/replayer/batches.js';
import { portable, Shared, type PrefetchTask } from '../../src/replayer/prefetch.js';
import { TraceReader } from '../../src/trace/index.js';

const { trace, range, options, shared, port } = workerData as PrefetchTask;

Atomics.store(shared, Shared.thread, Number(basename(readlinkSync('/proc/thread-self'))));
const { others, ...batch } = batchesOf(TraceReader.open(trace), range, options).next().value!;
port.postMessage({ batch, others: others.map(portable) });
Atomics.store(shared, Shared.sent, 1);
Atomics.notify(shared, Shared.sent);
process.exit();

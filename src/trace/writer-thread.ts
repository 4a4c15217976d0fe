/** A thread that writes a trace, before it is told which. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { pipeMemory } from './shared-pipe.js';
import type { WriterThreadData } from './writer-messages.js';
import { WriterStatus } from './writer-status.js';

/** Bytes that may wait for the thread. */
const BACKLOG = 16 << 20;
/** MiB for what the thread makes and drops: V8's own limit is 48, which costs memory and saves no time. */
const YOUNG_GENERATION = 6;
const WORKER = new URL('./writer-worker.js', import.meta.url);

export class WriterThread {
  readonly status = new WriterStatus();
  readonly pipe: SharedArrayBuffer;
  /** Where it says why it failed. */
  readonly failures: MessagePort;
  private static prepared: WriterThread | undefined;

  private constructor(backlog: number) {
    this.pipe = pipeMemory(backlog);
    const { port1, port2 } = new MessageChannel();
    this.failures = port1;
    const workerData: WriterThreadData = { pipe: this.pipe, status: this.status.memory, failures: port2 };
    const worker = new Worker(WORKER, {
      workerData,
      transferList: [port2],
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION },
      // Else Node.js opens this process's own standard streams, and makes them non-blocking for the
      // guest that shares them.
      stdout: true,
      stderr: true,
    });
    // An error that the thread did not catch is noticed by its being gone; nobody needs it twice.
    worker.on('error', () => undefined);
    worker.unref();
  }

  /** Starts the thread that the next trace will have: it loads while its caller does, too. */
  static prepare(): void {
    WriterThread.prepared ??= new WriterThread(BACKLOG);
  }

  /** A thread for a trace; `backlog` as in ThreadedWriterOptions. */
  static take(backlog: number | undefined): WriterThread {
    if (backlog !== undefined) return new WriterThread(backlog);
    const thread = WriterThread.prepared ?? new WriterThread(BACKLOG);
    WriterThread.prepared = undefined;
    return thread;
  }
}

/** The thread that writes a trace, with what it shares with the recorder's. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { pipeMemory } from './shared-pipe.js';
import type { WriterThreadData } from './writer-messages.js';
import { WriterStatus } from './writer-status.js';

const BACKLOG = 16 << 20;
/** MiB for what the thread makes and drops: V8's own limit is 48, which costs memory and saves no time. */
const YOUNG_GENERATION = 6;
const WORKER = new URL('./writer-worker.js', import.meta.url);

export class WriterThread {
  readonly status = new WriterStatus();
  readonly pipe: SharedArrayBuffer;
  /** Gives a Failure, if there is one, before the thread ends. */
  readonly failures: MessagePort;

  /** `backlog`: bytes that may wait for the thread, a power of two. */
  constructor(backlog = BACKLOG) {
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
}

let ahead: WriterThread | undefined;

/**
 * Starts the thread for the trace that will be made next. A small guest takes less time than the thread needs to
 * start, which it does meanwhile where there is another processor.
 */
export function startWriterThread(): void {
  ahead ??= new WriterThread();
}

/** The thread that was started, or a new one. */
export function takeWriterThread(backlog?: number): WriterThread {
  const thread = backlog === undefined ? ahead : undefined;
  if (thread) ahead = undefined;
  return thread ?? new WriterThread(backlog);
}

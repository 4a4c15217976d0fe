/** What the thread that writes a trace tells of itself, in memory that the recorder's thread sees. */
import { existsSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

// A 64-bit word: bytes written. Then 32-bit words: the thread's id (0 before it started), 1 once it ended,
// 1 once somebody waits for that.
const WORDS_AT = 8;
const THREAD = 0;
const ENDED = 1;
const AWAITED = 2;
const SIZE = WORDS_AT + 3 * Int32Array.BYTES_PER_ELEMENT;

/** How often a thread that waits for the other's end looks whether it still lives. Milliseconds. */
const LOOK = 100;

/** So long a thread may take to start, however busy the machine. Milliseconds. */
const START_PATIENCE = 300_000;

export class WriterStatus {
  private readonly words: Int32Array;
  private readonly counts: BigInt64Array;
  private readonly madeAt = performance.now();

  constructor(readonly memory = new SharedArrayBuffer(SIZE)) {
    this.counts = new BigInt64Array(memory, 0, 1);
    this.words = new Int32Array(memory, WORDS_AT);
  }

  /** Said by the writing thread before anything else. */
  started(): void {
    Atomics.store(this.words, THREAD, Number(basename(readlinkSync('/proc/thread-self'))));
  }

  /** Said by the writing thread last. */
  end(): void {
    Atomics.store(this.words, ENDED, 1);
    Atomics.notify(this.words, ENDED);
  }

  get ended(): boolean {
    return Atomics.load(this.words, ENDED) === 1;
  }

  /** Whether the other thread has nothing to do any more but to wait for the end. */
  get isAwaited(): boolean {
    return Atomics.load(this.words, AWAITED) === 1;
  }

  get bytesWritten(): number {
    return Number(Atomics.load(this.counts, 0));
  }

  set bytesWritten(bytes: number) {
    Atomics.store(this.counts, 0, BigInt(bytes));
  }

  /** Sleeps until the writing thread says that it ended. Throws where it dies without a word. */
  awaitEnd(): void {
    Atomics.store(this.words, AWAITED, 1);
    while (!this.ended) {
      Atomics.wait(this.words, ENDED, 0, LOOK);
      this.assertAlive();
    }
  }

  /**
   * Throws where the writing thread is gone without having said so. Only the kernel can tell: what
   * Node.js reports of a thread comes by the event loop, which a recorder does not run.
   */
  assertAlive(): void {
    const thread = Atomics.load(this.words, THREAD);
    const isThere = thread === 0 ? performance.now() - this.madeAt < START_PATIENCE : existsSync(`/proc/self/task/${thread}`);
    if (!isThere && !this.ended) throw new Error('the thread that writes the trace is gone');
  }
}

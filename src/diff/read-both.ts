/** Reads two traces: long ones at the same time, one of them in another thread. */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { Trouble, type TroubleKind } from '../base/errors.js';
import type { GivenWord } from './given-words.js';
import { unpacked, type PackedRecording } from './packed-recording.js';
import { readRecording, type Reading, type Recording } from './recording.js';
import type { Rules } from './rules.js';

/** A trace of fewer events is read before a thread has started. */
const LONG = 20_000;

/** Numbers that both threads share. */
export const Shared = { done: 0, life: 1 } as const;

/** How often to look whether the other thread still does something, milliseconds. */
const LOOK_INTERVAL = 10_000;
/** So many looks without any sign of life, and this thread reads the trace itself. */
const PATIENCE = 6;

/** What the other thread is told. */
export interface ThreadTask {
  readonly path: string;
  readonly rules: Rules;
  readonly given: readonly GivenWord[];
  readonly shared: Int32Array<SharedArrayBuffer>;
  readonly port: MessagePort;
}

/** What it answers. */
export type ThreadAnswer =
  | { readonly recording: PackedRecording }
  | { readonly trouble: { readonly kind: TroubleKind; readonly message: string } }
  | { readonly failure: string };

export function readBoth(a: Reading, b: Reading): [Recording, Recording] {
  const { path, eventCount } = b.trace;
  if (path === undefined || Math.min(eventCount, a.trace.eventCount) < LONG) return [readRecording(a), readRecording(b)];
  const thread = new RecordingThread(path, b);
  try {
    const first = readRecording(a);
    return [first, thread.recording() ?? readRecording(b)];
  } finally {
    thread.end();
  }
}

class RecordingThread {
  private readonly shared = new Int32Array(new SharedArrayBuffer(8));
  private readonly port: MessagePort;
  private readonly worker: Worker;

  constructor(path: string, private readonly reading: Reading) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const { rules, given } = reading;
    const task: ThreadTask = { path, rules, given, shared: this.shared, port: port2 };
    this.worker = new Worker(new URL('./recording-thread.js', import.meta.url), { workerData: task, transferList: [port2] });
    // Whoever waits for the answer learns of a failure by its absence.
    this.worker.on('error', () => undefined);
  }

  /** Waits for it; undefined where the thread is no more. Throws what reading threw there. */
  recording(): Recording | undefined {
    let seen = -1;
    for (let looks = 0; Atomics.load(this.shared, Shared.done) === 0 && looks < PATIENCE; looks++) {
      Atomics.wait(this.shared, Shared.done, 0, LOOK_INTERVAL);
      const life = Atomics.load(this.shared, Shared.life);
      if (life !== seen) looks = 0;
      seen = life;
    }
    const answer = receiveMessageOnPort(this.port)?.message as ThreadAnswer | undefined;
    if (answer === undefined) return undefined;
    if ('trouble' in answer) throw new Trouble(answer.trouble.kind, answer.trouble.message);
    if ('failure' in answer) throw new Error(answer.failure);
    return unpacked(answer.recording, this.reading.texts, this.reading.rules);
  }

  end(): void {
    this.port.close();
    void this.worker.terminate();
  }
}

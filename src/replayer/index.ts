/** Replays a trace. */
import type { EventIndex } from '../base/brands.js';
import { TraceReader } from '../trace/index.js';
import { nowAndThen, withTimeStamps } from '../tracee/index.js';
import { Diverged, type Divergence } from './divergence.js';
import { checkTrace, HostCheck } from './host-check.js';
import { openBatches, type BatchSource } from './prefetch.js';
import { ReplaySession } from './session.js';

export type { Difference, Divergence } from './divergence.js';

export interface ReplayOptions {
  /** Path of the trace. */
  readonly trace: string;
  /** Stop after this event. */
  readonly to?: EventIndex;
  /** `memory`: also compare digests of memory where the recorder took one. Default: registers. */
  readonly verify?: 'registers' | 'memory';
  /** Called after every event; must be quick. */
  readonly onProgress?: (progress: { readonly event: number; readonly of: number }) => void;
  /** What the guest wrote to its standard output (1) and error (2). */
  readonly onOutput?: (stream: 1 | 2, bytes: Uint8Array) => void;
}

export interface ReplayResult {
  /** Events that were replayed. */
  readonly events: number;
  /** False where the trace was cut short: it was followed up to its last event. */
  readonly complete: boolean;
  readonly divergence?: Divergence;
}

/** Events that a divergence report shows before its own. */
const CONTEXT = 8;

/**
 * Re-executes the recorded guest. Blocks the calling thread, which must be the main thread. Throws
 * `Trouble`: trace (missing, damaged, newer format), host (this machine cannot replay it).
 */
export function replay(options: ReplayOptions): ReplayResult {
  const reader = TraceReader.open(options.trace);
  try {
    checkTrace(options.trace, reader);
    const host = new HostCheck(reader);
    host.compare();
    const last = Math.min(options.to ?? Infinity, reader.eventCount);
    const compareMemory = options.verify === 'memory';
    const batches = openBatches({
      reader,
      trace: options.trace,
      range: { from: 1, to: last },
      options: { compareMemory, reportOutput: options.onOutput !== undefined },
    });
    try {
      host.chooseProcessor();
      const session = new ReplaySession(reader, compareMemory, options.onOutput && withTimeStamps(options.onOutput));
      try {
        return follow(reader, session, batches, last, options.onProgress);
      } finally {
        session.close();
      }
    } finally {
      batches.close();
    }
  } finally {
    reader.close();
  }
}

function follow(reader: TraceReader, session: ReplaySession, batches: BatchSource, of: number, onProgress: ReplayOptions['onProgress']): ReplayResult {
  const { complete } = reader;
  const tell = onProgress && nowAndThen(onProgress);
  let events = 0;
  try {
    for (let batch = batches.next(); batch; batch = batches.next()) {
      session.follow(batch, tell && ((event) => tell(() => ({ event, of }))));
      events += batch.count;
    }
    return { events, complete };
  } catch (error) {
    if (!(error instanceof Diverged)) throw error;
    return { events: session.position - 1, complete, divergence: divergenceAt(reader, session.position, error) };
  }
}

function divergenceAt(reader: TraceReader, index: number, { reason, differences, registers }: Diverged): Divergence {
  const from = Math.max(1, index - CONTEXT) as EventIndex;
  const before = [...reader.events({ from, to: index as EventIndex })];
  const event = before.pop()!;
  return { event, reason, differences, before, ...(registers && { registers }) };
}

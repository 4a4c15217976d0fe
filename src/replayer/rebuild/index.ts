/** Replays a trace with another build of its program. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Trouble } from '../../base/errors.js';
import type { TraceEvent } from '../../trace/events.js';
import { TraceReader } from '../../trace/index.js';
import { ANY_PROCESSOR, answered, nowAndThen, takeProcessor, TaskGone, withTimeStamps } from '../../tracee/index.js';
import { Diverged } from '../divergence.js';
import { checkTrace } from '../host-check.js';
import type { ReplayResult } from '../index.js';
import { RebuildSession } from './session.js';

export interface ReplayRebuildOptions {
  /** Path of the trace. */
  readonly trace: string;
  /** Path of the new program. */
  readonly exe: string;
  /** Called after every event; must be quick. */
  readonly onProgress?: (progress: { readonly event: number; readonly of: number }) => void;
  /** What the guest wrote to its standard output (1) and error (2). */
  readonly onOutput?: (stream: 1 | 2, bytes: Uint8Array) => void;
}

/** What of a new build's run was not as recorded, and is no difference by itself. */
export interface RebuildLatitude {
  /** Asynchronous signals that came at another place among its instructions. */
  readonly movedSignals: number;
  /** Timer signals that came once more than recorded, as it spun until they came. */
  readonly extraSignals: number;
  /** How often it looked at a clock where the recorded build did not, and the other way round. */
  readonly moreClockReads: number;
  readonly fewerClockReads: number;
}

export interface RebuildResult extends ReplayResult {
  readonly latitude: RebuildLatitude;
}

/** Events that a report shows before its own. */
const CONTEXT = 8;

/**
 * Runs another build of the recorded guest: it gets the recorded answers as long as it asks the host
 * for the same things. The first thing that it asks otherwise is the result's divergence. Blocks the
 * calling thread, which must be the main thread. Throws `Trouble`: trace, host, guest-not-found,
 * guest-not-executable, unsupported (a guest that docs/limits.md lists).
 */
export function replayRebuild({ trace, exe, onProgress, onOutput }: ReplayRebuildOptions): RebuildResult {
  if (!existsSync(exe)) throw new Trouble('guest-not-found', `${exe}: not found (--exe takes the path of a program)`);
  const reader = TraceReader.open(trace);
  try {
    checkTrace(trace, reader);
    answered(takeProcessor(ANY_PROCESSOR), 0, 'choose a processor');
    const session = new RebuildSession(reader, { exe: resolve(exe), onOutput: onOutput && withTimeStamps(onOutput) });
    try {
      const result = follow(reader, session, onProgress);
      const { clocks, movedSignals, extraSignals } = session;
      return { ...result, latitude: { movedSignals, extraSignals, moreClockReads: clocks.more, fewerClockReads: clocks.fewer } };
    } finally {
      session.close();
    }
  } finally {
    reader.close();
  }
}

function follow(reader: TraceReader, session: RebuildSession, onProgress: ReplayRebuildOptions['onProgress']): ReplayResult {
  const { complete, eventCount: of } = reader;
  const tell = onProgress && nowAndThen(onProgress);
  const before: TraceEvent[] = [];
  let followed = 0;
  for (const event of reader.events()) {
    try {
      session.follow(event);
    } catch (error) {
      const diverged = error instanceof TaskGone ? new Diverged('the task died', []) : error;
      if (!(diverged instanceof Diverged)) throw error;
      const { reason, differences } = diverged;
      return { events: followed, complete, divergence: { event, reason, differences, before } };
    }
    followed = event.index;
    tell?.(() => ({ event: followed, of }));
    before.push(event);
    if (before.length > CONTEXT) before.shift();
  }
  return { events: followed, complete };
}

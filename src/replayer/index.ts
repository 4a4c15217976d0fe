/** Replays a trace. */
import { writeSync } from 'node:fs';
import type { EventIndex } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import type { HostFacts, SessionFacts } from '../trace/events.js';
import { TraceReader } from '../trace/index.js';
import { addon, hostFacts, takeProcessor } from '../tracee/index.js';
import { PORTRACE_VERSION } from '../base/version.js';
import { Diverged, type Divergence } from './divergence.js';
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
    refuseImported(options.trace, reader.session);
    checkHost(reader.session.host);
    const last = Math.min(options.to ?? Infinity, reader.eventCount);
    const compareMemory = options.verify === 'memory';
    const batches = openBatches({
      reader,
      trace: options.trace,
      range: { from: 1, to: last },
      options: { compareMemory, reportOutput: options.onOutput !== undefined },
    });
    try {
      chooseProcessor(reader.session.host);
      const session = new ReplaySession(reader, compareMemory, options.onOutput);
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
  const tell = onProgress && ((event: number): void => onProgress({ event, of }));
  let events = 0;
  try {
    for (let batch = batches.next(); batch; batch = batches.next()) {
      session.follow(batch, tell);
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

/** cpuid leaves whose difference can change what a program does; register positions that count. */
const CPUID_LEAVES: readonly (readonly [leaf: number, subleaf: number, from: number])[] = [
  [1, 0, 4], // ecx, edx: features
  [7, 0, 3], // ebx, ecx, edx: features
  [7, 1, 2],
  [0xd, 0, 2], // extended state: layout
  [0xd, 1, 2],
  [0x80000001, 0, 4],
];

const TOOLS = { strace: 'strace', gvisor: 'gVisor' } as const;

function refuseImported(path: string, { imported }: SessionFacts): void {
  if (imported === undefined) return;
  const log = `${TOOLS[imported.tool]}'s log ${imported.log}`;
  throw new Trouble('trace', `cannot replay ${path}: it was imported from ${log}; only what portrace record wrote can be replayed`);
}

/** Refuses a host on which the guest's own instructions could go another way. */
function checkHost(recorded: HostFacts): void {
  if (recorded.missing.includes('exact points')) {
    throw new Trouble('host', `the host on which the trace was recorded gave no exact points of signals (${recorded.sysname} ${recorded.release}): the trace can be shown and compared, not replayed`);
  }
  const here = hostFacts(PORTRACE_VERSION);
  if (recorded.machine !== here.machine) {
    throw new Trouble('host', `the trace is of a ${recorded.machine} machine; this is ${here.machine}`);
  }
  if (recorded.xstateSize !== here.xstateSize) {
    throw new Trouble('host', `the trace's processor has ${recorded.xstateSize} bytes of extended state, this one ${here.xstateSize}: replay it on a machine of the recorded kind (${recorded.cpuModel})`);
  }
  for (const [leaf, subleaf, from] of CPUID_LEAVES) {
    const row = (facts: HostFacts): string =>
      String(facts.cpuid.find((each) => each[0] === leaf && each[1] === subleaf)?.slice(from) ?? '');
    if (row(recorded) === row(here)) continue;
    throw new Trouble('host', `cpuid leaf 0x${leaf.toString(16)} differs from the recorded processor's: replay the trace on a machine of the recorded kind (${recorded.cpuModel})`);
  }
}

/** cpuid leaf 1, ebx: its highest byte is the processor's own number (initial APIC id). */
const apicId = (ebx: number): number => ebx >>> 24;

/**
 * Runs on a processor with the recorded one's number: programs keep what cpuid says, and it says
 * that number.
 */
function chooseProcessor(recorded: HostFacts): void {
  const wanted = apicId(recorded.cpuid.find(([leaf]) => leaf === 1)?.[3] ?? 0);
  for (let cpu = 0; cpu < CPU_LIMIT; cpu++) {
    if (takeProcessor(cpu) === cpu && apicId(addon.cpuid(1, 0)[1]!) === wanted) return;
  }
  throw new Trouble('host', `the trace was recorded on the processor with APIC id ${wanted}, which this process may not use`);
}

/** Processors that are tried; CPU_SETSIZE of sched_setaffinity(2). */
const CPU_LIMIT = 1024;

/** Writes the guest's output to this process's own streams. */
export function echo(stream: 1 | 2, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(stream, bytes, done);
}

/** Whether a trace can be replayed at all, and on this machine. */
import { Trouble } from '../base/errors.js';
import { PORTRACE_VERSION } from '../base/version.js';
import type { HostFacts } from '../trace/events.js';
import type { TraceReader } from '../trace/index.js';
import { addon, ANY_PROCESSOR, hostFacts, processorNumber, takeProcessor } from '../tracee/index.js';
import { processorDependence } from './processor-dependence.js';

const TOOLS = { strace: 'strace', gvisor: 'gVisor' } as const;

/** Refuses a trace that another tool's log became, and one of a host without exact points. */
export function checkTrace(path: string, { session: { imported, host } }: TraceReader): void {
  if (host.missing.includes('exact points')) {
    throw new Trouble('host', `the host on which the trace was recorded gave no exact points of signals (${host.sysname} ${host.release}): the trace can be shown and compared, not replayed`);
  }
  if (imported === undefined) return;
  const log = `${TOOLS[imported.tool]}'s log ${imported.log}`;
  throw new Trouble('trace', `cannot replay ${path}: it was imported from ${log}; only what portrace record wrote can be replayed`);
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

/** Processors that are tried; CPU_SETSIZE of sched_setaffinity(2). */
const CPU_LIMIT = 1024;

/** Compares this machine with the recorded one, and asks the trace whether a difference matters. */
export class HostCheck {
  private readonly recorded: HostFacts;
  private readonly here = hostFacts(PORTRACE_VERSION);

  constructor(private readonly reader: TraceReader) {
    this.recorded = reader.session.host;
  }

  /** Refuses a host on which the guest's own instructions could go another way. */
  compare(): void {
    const { recorded, here } = this;
    if (recorded.machine !== here.machine) {
      throw new Trouble('host', `the trace is of a ${recorded.machine} machine; this is ${here.machine}`);
    }
    for (const [kind, text] of differences(recorded, here)) this.refuseIfItMatters(text, kind);
  }

  /**
   * Runs on a processor with the recorded one's number: programs keep what cpuid says, and it says
   * that number. Where cpuid says another one each time, there or here, nobody can be kept from seeing
   * another; a guest that makes something of it diverges.
   */
  chooseProcessor(): void {
    if (this.recorded.missing.includes('processor number') || this.here.missing.includes('processor number')) {
      takeProcessor(ANY_PROCESSOR);
      return;
    }
    const wanted = processorNumber(this.recorded.cpuid.find(([leaf]) => leaf === 1)?.[3] ?? 0);
    for (let cpu = 0; cpu < CPU_LIMIT; cpu++) {
      if (takeProcessor(cpu) === cpu && processorNumber(addon.cpuid(1, 0)[1]!) === wanted) return;
    }
    this.refuseIfItMatters(`the trace was recorded on the processor with APIC id ${wanted}, which this process may not use`, 'features');
    takeProcessor(ANY_PROCESSOR);
  }

  private refuseIfItMatters(difference: string, kind: 'features' | 'layout'): void {
    const dependence = processorDependence(this.reader, kind);
    if (dependence === undefined) return;
    throw new Trouble('host', `${difference}, and the guest ${dependence}: replay it on a machine of the recorded kind (${this.recorded.cpuModel})`);
  }
}

type Difference = readonly [kind: 'features' | 'layout', text: string];

const LAYOUT_LEAF = 0xd;

/** The first difference of each kind. */
function differences(recorded: HostFacts, here: HostFacts): Difference[] {
  const found: Difference[] = [];
  const note = (kind: Difference[0], text: string): void => {
    if (!found.some(([known]) => known === kind)) found.push([kind, text]);
  };
  if (recorded.xstateSize !== here.xstateSize) {
    note('layout', `the trace's processor has ${recorded.xstateSize} bytes of extended state, this one ${here.xstateSize}`);
  }
  for (const [leaf, subleaf, from] of CPUID_LEAVES) {
    const row = (facts: HostFacts): string =>
      String(facts.cpuid.find((each) => each[0] === leaf && each[1] === subleaf)?.slice(from) ?? '');
    const kind = leaf === LAYOUT_LEAF ? 'layout' : 'features';
    if (row(recorded) !== row(here)) note(kind, `cpuid leaf 0x${leaf.toString(16)} differs from the recorded processor's`);
  }
  return found;
}

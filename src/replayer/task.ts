/** A replayed task and its address space. */
import type { ObjectId, SpaceId, TaskId } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { Registers } from '../base/registers.js';
import type { DebugRegisterChange } from '../trace/events.js';
import { addon, type AddressRange, breakpointsWork, isSyscallSite, readMappings, type InstructionFinder, InstructionTraps, type SyscallSites, Tracee } from '../tracee/index.js';
import { Diverged } from './divergence.js';

const SYS_MPROTECT = 10;
const PROT_READ_WRITE = 3;

/** Descriptors of stand-ins that tasks opened; tasks share their tables until they exec, and keep what is open then. */
export type OpenObjects = Map<ObjectId, number>;

export class ReplaySpace {
  users = 0;
  site = 0;
  /** The stub's page is still mapped. */
  hasStub = false;
  /** What was mapped as code since the stub came, and is so still. */
  code: AddressRange[] = [];
  /** Instructions whose result is the processor's own. */
  traps: InstructionTraps;

  constructor(
    readonly id: SpaceId,
    finder: InstructionFinder,
    private readonly sites: SyscallSites,
  ) {
    this.traps = new InstructionTraps(finder);
  }

  /** An address where a call can be made. */
  syscallSite(tracee: Tracee): number {
    if (this.site !== 0 && isSyscallSite(tracee, this.site)) return this.site;
    return this.findSite(tracee);
  }

  /** Another one than the stub's, before that goes; undefined where there is none. */
  siteBesides(stub: number, tracee: Tracee): number | undefined {
    return this.sites.remembered(tracee, this.code) ?? this.sites.find(tracee, stub);
  }

  findSite(tracee: Tracee): number {
    const site = this.sites.find(tracee);
    if (site === undefined) throw new Trouble('host', 'the replayed guest has no syscall instruction left to use');
    this.site = site;
    return site;
  }
}

export class ReplayTask {
  readonly tracee: Tracee;
  /** What the registers are, as far as the replay set or compared them. */
  readonly registers = new Registers();
  /** The debug registers are a guest tracer's. */
  leavesDebugRegisters = false;

  constructor(
    readonly id: TaskId,
    tid: number,
    public space: ReplaySpace,
    public open: OpenObjects,
  ) {
    this.tracee = new Tracee(tid);
  }

  /** Sets the debug registers as the guest's tracer did. */
  watch({ addresses, control }: DebugRegisterChange): void {
    if (!breakpointsWork()) throw new Trouble('host', 'the guest watches memory by debug registers, which this host does not heed');
    this.tracee.setDebugRegisters(addresses, control);
    this.leavesDebugRegisters = true;
  }

  /** Makes a call in the task; answers its result, a negative errno for a failure. */
  call(number: number, args: readonly number[]): number {
    const { space, tracee } = this;
    for (;;) {
      const site = space.site === 0 ? space.findSite(tracee) : space.site;
      const result = tracee.callByStep(site, number, args);
      if (result !== false) return result;
      space.site = 0;
    }
  }

  /**
   * Writes memory, whatever its protection. A shared mapping without write permission refuses even
   * its tracer: it is made writable for the moment.
   */
  write(address: number, bytes: Uint8Array): void {
    if (addon.writeMemory(this.tracee.tid, address, bytes) === bytes.length) return;
    const mapping = readMappings(this.tracee.tid).find(({ start, end }) => start <= address && address < end);
    if (!mapping) throw new Diverged(`memory at 0x${address.toString(16)}, which an effect writes, is not mapped`, []);
    const range = [mapping.start, mapping.end - mapping.start] as const;
    this.must('mprotect', SYS_MPROTECT, [...range, PROT_READ_WRITE]);
    this.tracee.write(address, bytes);
    this.must('mprotect', SYS_MPROTECT, [...range, mapping.protection]);
  }

  /** Makes a call that must succeed for the replay to go on. */
  must(what: string, number: number, args: readonly number[]): number {
    const result = this.call(number, args);
    if (result < 0 && result > -4096) {
      throw new Trouble('host', `this host refuses ${what} to the replayed guest (errno ${-result})`);
    }
    return result;
  }
}

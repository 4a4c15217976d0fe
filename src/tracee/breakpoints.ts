/**
 * Breakpoints on instructions of one task: the processor's own where they work and no guest tracer has them, else a
 * trap instruction in place of the first byte. Some virtual machines accept debug registers and do not heed them.
 */
import { PAGE_SIZE } from '../base/brands.js';
import { Reg } from '../base/registers.js';
import { breakpointsWork } from './abilities.js';
import { addon } from './addon.js';
import { readMappings, type HostMapping } from './maps.js';
import { Signal, SignalCode, type Stop } from './stop.js';
import type { Tracee } from './tracee.js';

/** Breakpoints that a task may have at once: as many as the processor has. */
export const BREAKPOINT_LIMIT = 4;

/** int3 */
const TRAP = Uint8Array.of(0xcc);

const SYS_MPROTECT = 10;
const PROT_WRITE = 2;
const PROT_EXEC = 4;

/** What breakpoints need of a task. */
export interface BreakpointTask {
  readonly tracee: Tracee;
  /** The debug registers are a guest tracer's. */
  readonly leavesDebugRegisters: boolean;
  /** Makes a system call in the stopped task; answers its result. */
  call(number: number, args: readonly number[]): number;
}

interface Planted {
  readonly at: number;
  readonly original: Uint8Array;
  /** Set where the page had to be made writable for it. */
  readonly mapping: HostMapping | undefined;
}

export class Breakpoints {
  private hardware: number[] = [];
  private planted: Planted[] = [];

  constructor(private readonly task: BreakpointTask) {}

  private get areHardware(): boolean {
    return breakpointsWork() && !this.task.leavesDebugRegisters;
  }

  /** Whether a breakpoint can do no harm at what only looks like the beginning of an instruction. */
  isHarmless(address: number): boolean {
    if (this.areHardware) return true;
    const mapping = mappingAt(this.task, address);
    return mapping !== undefined && (mapping.protection & (PROT_EXEC | PROT_WRITE)) === PROT_EXEC;
  }

  /** Sets breakpoints, in place of those that there were. */
  set(...addresses: readonly number[]): void {
    this.clear();
    const { tracee } = this.task;
    for (const address of addresses) {
      if (this.areHardware) {
        tracee.setBreakpoint(this.hardware.length, address);
        this.hardware.push(address);
      } else {
        this.planted.push(this.plant(address));
      }
    }
  }

  clear(): void {
    const { tracee } = this.task;
    this.hardware.splice(0).forEach((_, slot) => tracee.clearBreakpoint(slot));
    for (const { at, original, mapping } of this.planted.splice(0).reverse()) {
      // The guest may have written other code there.
      if (tracee.read(at, TRAP.length)[0] === TRAP[0]) tracee.write(at, original);
      if (mapping) this.protect(at, mapping.protection);
    }
  }

  /** Forgets the breakpoints of a task that is no more. */
  drop(): void {
    this.hardware = [];
    this.planted = [];
  }

  /**
   * Must be called before the task is resumed: brings it over a breakpoint that it stands at. `run` makes
   * one step of the request and answers whether that was all that happened; so does `leave`.
   */
  leave(at: number, run: () => boolean): boolean {
    const here = this.planted.find((each) => each.at === at);
    if (!here) return true;
    this.task.tracee.write(at, here.original);
    const stepped = run();
    if (stepped) this.task.tracee.write(at, TRAP);
    return stepped;
  }

  /** Whether the task stands behind a trap instruction of ours, and because of it. */
  private isBehind(stop: Stop): boolean {
    if (stop.code !== SignalCode.SI_KERNEL) return false;
    const at = stop.registers.number(Reg.rip) - TRAP.length;
    return this.planted.some((each) => each.at === at);
  }

  /** Whether a stop is at a breakpoint; the task stands at the instruction itself then. */
  came(stop: Stop): boolean {
    if (stop.kind !== 'signal' || stop.signal !== Signal.SIGTRAP || stop.code <= 0) return false;
    const at = stop.registers.number(Reg.rip);
    if (this.hardware.includes(at)) return true;
    if (!this.isBehind(stop)) return false;
    stop.registers.setNumber(Reg.rip, at - TRAP.length);
    this.task.tracee.setRegisters(stop.registers);
    return true;
  }

  /** The byte that is replaced at an address, or -1 where the processor watches. */
  originalAt(address: number): number {
    return this.planted.find(({ at }) => at === address)?.original[0] ?? -1;
  }

  private plant(at: number): Planted {
    const { tracee } = this.task;
    const original = tracee.read(at, TRAP.length).slice();
    if (addon.writeMemory(tracee.tid, at, TRAP) === TRAP.length) return { at, original, mapping: undefined };
    // A shared mapping without write permission refuses even its tracer.
    const mapping = mappingAt(this.task, at);
    if (mapping) this.protect(at, mapping.protection | PROT_WRITE);
    tracee.write(at, TRAP);
    return { at, original, mapping };
  }

  private protect(at: number, protection: number): void {
    this.task.call(SYS_MPROTECT, [at - (at % PAGE_SIZE), PAGE_SIZE, protection]);
  }
}

function mappingAt({ tracee }: BreakpointTask, address: number): HostMapping | undefined {
  return readMappings(tracee.tid).find(({ start, end }) => start <= address && address < end);
}

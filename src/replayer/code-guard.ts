/**
 * Code that the guest may write anew while instructions of portrace's stand in it, as compilers do that run beside
 * their program: its pages are kept from being written, so that each write is a stop.
 */
import { PAGE_SIZE, pageCeil } from '../base/brands.js';
import { addon, answered, readMappings, Request, Signal, type Stop } from '../tracee/index.js';
import type { ReplayTask } from './task.js';

const SYS_MPROTECT = 10;
const PROT_WRITE = 2;
/** si_code of a fault by protection, and where siginfo has its address (asm-generic/siginfo.h). */
const SEGV_ACCERR = 2;
const ADDRESS_AT = 16;

export class CodeGuard {
  private constructor(
    private readonly task: ReplayTask,
    private readonly start: number,
    private readonly end: number,
    private readonly protection: number,
  ) {}

  /** Undefined where the guest cannot write to the place, or shares it: then a tracer could not write there, either (FOLL_FORCE). */
  static of(task: ReplayTask, place: number, size: number): CodeGuard | undefined {
    const mapping = readMappings(task.tracee.tid).find(({ start, end }) => start <= place && place < end);
    if (!mapping || mapping.shared || (mapping.protection & PROT_WRITE) === 0) return undefined;
    const end = Math.min(pageCeil(place + size), mapping.end);
    return new CodeGuard(task, place - (place % PAGE_SIZE), end, mapping.protection);
  }

  arm(): void {
    this.protect(this.protection & ~PROT_WRITE);
  }

  disarm(): void {
    this.protect(this.protection);
  }

  /** Whether the task is about to write there. */
  isWrite(stop: Stop): boolean {
    if (stop.kind !== 'signal' || stop.signal !== Signal.SIGSEGV || stop.code !== SEGV_ACCERR) return false;
    const at = Number(new DataView(stop.siginfo.buffer, stop.siginfo.byteOffset).getBigUint64(ADDRESS_AT, true));
    return this.start <= at && at < this.end;
  }

  /** Lets the task, whose code is not guarded now, make its write. False where something else stopped it. */
  letWrite(stop: Stop, patience: number): boolean {
    const { tracee } = this.task;
    tracee.resume(Request.sysemuSingleStep);
    answered(addon.wait(tracee.tid, patience, stop.block), tracee.tid, 'run a task');
    return stop.kind === 'signal' && stop.signal === Signal.SIGTRAP;
  }

  private protect(protection: number): void {
    this.task.must('mprotect', SYS_MPROTECT, [this.start, this.end - this.start, protection]);
  }
}

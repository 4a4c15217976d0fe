/**
 * A page of code that the guest may write anew while a trap instruction of portrace's stands in it, as compilers
 * do that run beside their program: the page is kept from being written, so that each write is a stop.
 */
import { PAGE_SIZE } from '../base/brands.js';
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
    private readonly page: number,
    private readonly protection: number,
  ) {}

  /** Undefined where the guest cannot write to the place, or shares it: then a tracer could not write there, either (FOLL_FORCE). */
  static of(task: ReplayTask, place: number): CodeGuard | undefined {
    const mapping = readMappings(task.tracee.tid).find(({ start, end }) => start <= place && place < end);
    if (!mapping || mapping.shared || (mapping.protection & PROT_WRITE) === 0) return undefined;
    return new CodeGuard(task, place - (place % PAGE_SIZE), mapping.protection);
  }

  arm(): void {
    this.protect(this.protection & ~PROT_WRITE);
  }

  disarm(): void {
    this.protect(this.protection);
  }

  /** Whether the task is about to write to the page. */
  isWrite(stop: Stop): boolean {
    if (stop.kind !== 'signal' || stop.signal !== Signal.SIGSEGV || stop.code !== SEGV_ACCERR) return false;
    const at = Number(new DataView(stop.siginfo.buffer, stop.siginfo.byteOffset).getBigUint64(ADDRESS_AT, true));
    return this.page <= at && at < this.page + PAGE_SIZE;
  }

  /** Lets the task, whose page is not guarded now, make its write. False where something else stopped it. */
  letWrite(stop: Stop, patience: number): boolean {
    const { tracee } = this.task;
    tracee.resume(Request.sysemuSingleStep);
    answered(addon.wait(tracee.tid, patience, stop.block), tracee.tid, 'run a task');
    return stop.kind === 'signal' && stop.signal === Signal.SIGTRAP;
  }

  private protect(protection: number): void {
    this.task.must('mprotect', SYS_MPROTECT, [this.page, PAGE_SIZE, protection]);
  }
}

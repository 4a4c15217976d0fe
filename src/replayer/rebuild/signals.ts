/** Signals of another build: their frames are made by the kernel, in its own memory. */
import { Trouble } from '../../base/errors.js';
import { Reg } from '../../base/registers.js';
import { addon, Request, Signal } from '../../tracee/index.js';
import type { RebuildSession } from './session.js';
import type { RebuildTask } from './task.js';

const SYS_RT_SIGRETURN = 15;
const SYS_RESTART_SYSCALL = 219;
const SYSCALL_SIZE = 2;
/** include/linux/errno.h: the call goes on as restart_syscall. */
const ERESTART_RESTARTBLOCK = 516;

/** The task stands in the signal's delivery stop: its handler begins. `siginfo`: what it is told, where that is not the stop's own. */
export function deliver(session: RebuildSession, task: RebuildTask, number: number, siginfo?: Uint8Array): void {
  const { stop } = session;
  if (siginfo) task.tracee.setSiginfo(siginfo);
  task.tracee.resumeAndWait(Request.singleStep, stop, number);
  if (stop.kind !== 'signal' || stop.signal !== Signal.SIGTRAP) {
    throw new Trouble('host', `the handler of signal ${number} did not start in the new build`);
  }
  task.registers.copyFrom(stop.registers);
}

/**
 * Asynchronous signals came among instructions that another build has elsewhere: their handlers run at
 * once where they did so then, else before its next call, or among its instructions where it makes none.
 */
export function deliverWaiting(session: RebuildSession, task: RebuildTask): void {
  for (let next = task.signals.shift(); next; next = task.signals.shift()) {
    if (!task.interrupted && !next.immediate) {
      stopBeforeCall(session, task);
      session.movedSignals++;
    }
    task.interrupted = false;
    raise(session, task, next.signal.number, next.signal.siginfo);
  }
}

/** Sends a signal to a task and starts its handler, before any further instruction of the task. */
export function raise(session: RebuildSession, task: RebuildTask, number: number, siginfo: Uint8Array | undefined): void {
  const { tid } = task.tracee;
  addon.killTask(tid, tid, number);
  const stop = session.run(task);
  if (stop.kind !== 'signal' || stop.signal !== number) {
    throw new Trouble('unsupported', `--exe cannot bring signal ${number} to the new build: it blocks it there (see docs/limits.md)`);
  }
  deliver(session, task, number, siginfo);
}

/** A program that makes no call for so long may wait for the handler. Microseconds of processor time. */
const UNTIL_CALL = 20_000;
const INT3 = 0xcc;

/** Brings the task in front of the instruction of its next call or fault, if it comes to one. */
export function stopBeforeCall(session: RebuildSession, task: RebuildTask): void {
  const stop = session.runFor(task, UNTIL_CALL);
  const registers = stop.registers.clone();
  if (stop.kind === 'syscall') {
    rewind(task, registers);
    return;
  }
  // An instruction that faults does so again; int3 is behind the task already.
  const before = registers.number(Reg.rip) - 1;
  const trapped = stop.kind === 'signal' && stop.signal === Signal.SIGTRAP && task.tracee.read(before, 1)[0] === INT3;
  if (trapped) registers.setNumber(Reg.rip, before);
  task.registers.copyFrom(registers);
  task.putRegisters();
}

/** Puts a task before the instruction of the call that it is in. */
export function rewind(task: RebuildTask, entered: RebuildTask['registers']): void {
  const registers = entered.clone();
  registers.setLong(Reg.rax, registers.long(Reg.orig_rax));
  registers.setNumber(Reg.rip, registers.number(Reg.rip) - SYSCALL_SIZE);
  registers.setNumber(Reg.orig_rax, -1);
  task.tracee.setRegisters(registers);
  task.registers.copyFrom(registers);
}

/** No handler ran: the kernel makes an interrupted call again (arch/x86/kernel/signal.c). */
export function restart(task: RebuildTask): void {
  if (!task.interrupted) return;
  task.interrupted = false;
  const registers = task.registers.clone();
  if (-registers.signed(Reg.rax) === ERESTART_RESTARTBLOCK) registers.setNumber(Reg.orig_rax, SYS_RESTART_SYSCALL);
  rewind(task, registers);
}

/** rt_sigreturn, at whose void entry the task stands: the kernel takes the frame back. */
export function returnFromHandler(session: RebuildSession, task: RebuildTask): void {
  rewind(task, task.registers);
  const { stop } = session;
  // The void call's return, the entry, the return.
  for (let stops = 0; stops < 3; ) {
    task.tracee.resumeAndWait(Request.syscall, stop);
    if (stop.kind !== 'syscall') throw new Trouble('host', `rt_sigreturn (${SYS_RT_SIGRETURN}) of the new build failed`);
    stops++;
  }
  task.registers.copyFrom(stop.registers);
}

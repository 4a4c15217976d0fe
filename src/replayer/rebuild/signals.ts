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

/** The task stands in the signal's delivery stop: its handler begins. */
export function deliver(session: RebuildSession, task: RebuildTask, number: number): void {
  const { stop } = session;
  task.tracee.resumeAndWait(Request.singleStep, stop, number);
  if (stop.kind !== 'signal' || stop.signal !== Signal.SIGTRAP) {
    throw new Trouble('host', `the handler of signal ${number} did not start in the new build`);
  }
  task.registers.copyFrom(stop.registers);
}

/**
 * Asynchronous signals came among instructions that another build has elsewhere: their handlers run
 * before its next call, in the recorded order, or among its instructions where it makes none.
 */
export function deliverWaiting(session: RebuildSession, task: RebuildTask): void {
  for (let signal = task.signals.shift(); signal; signal = task.signals.shift()) {
    if (!task.interrupted) stopBeforeCall(session, task);
    task.interrupted = false;
    const { tid } = task.tracee;
    addon.killTask(tid, tid, signal.number);
    const stop = session.run(task);
    if (stop.kind !== 'signal' || stop.signal !== signal.number) {
      throw new Trouble('unsupported', `--exe cannot bring signal ${signal.number} to the new build: it blocks it there (see docs/limits.md)`);
    }
    if (signal.siginfo) task.tracee.setSiginfo(signal.siginfo);
    deliver(session, task, signal.number);
  }
}

/** A program that makes no call for so long may wait for the handler. Microseconds. */
const UNTIL_CALL = 100_000;

/** Brings the task in front of the instruction of its next call, if it makes one. */
function stopBeforeCall(session: RebuildSession, task: RebuildTask): void {
  const stop = session.runFor(task, UNTIL_CALL);
  if (!stop) return;
  if (stop.kind !== 'syscall') throw new Trouble('unsupported', '--exe found no call to deliver a signal before (see docs/limits.md)');
  rewind(task, stop.registers.clone());
}

function rewind(task: RebuildTask, registers: RebuildTask['registers']): void {
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
  rewind(task, task.registers.clone());
  const { stop } = session;
  // The void call's return, the entry, the return.
  for (let stops = 0; stops < 3; ) {
    task.tracee.resumeAndWait(Request.syscall, stop);
    if (stop.kind !== 'syscall') throw new Trouble('host', `rt_sigreturn (${SYS_RT_SIGRETURN}) of the new build failed`);
    stops++;
  }
  task.registers.copyFrom(stop.registers);
}

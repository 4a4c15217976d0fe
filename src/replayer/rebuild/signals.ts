/** Signals of another build: their frames are made by the kernel, in its own memory. */
import { Trouble } from '../../base/errors.js';
import { beforeCall, Reg, Registers } from '../../base/registers.js';
import type { EventIndex } from '../../base/brands.js';
import { addon, answered, hideStep, Request, Signal, SignalCode, type Stop } from '../../tracee/index.js';
import { ClockReads } from './clock-reads.js';
import { lost, type RebuildSession } from './session.js';
import type { RebuildTask } from './task.js';

export const SYS_RT_SIGRETURN = 15;
const SYS_RESTART_SYSCALL = 219;
/** include/linux/errno.h: the call goes on as restart_syscall. */
const ERESTART_RESTARTBLOCK = 516;

/** The task stands in the signal's delivery stop: its handler begins. `siginfo`: what it is told, where that is not the stop's own. */
export function deliver(session: RebuildSession, task: RebuildTask, number: number, siginfo?: Uint8Array): void {
  const { stop } = session;
  if (siginfo) task.tracee.setSiginfo(siginfo);
  const interrupted = task.tracee.registers(new Registers());
  task.tracee.resumeAndWait(Request.singleStep, stop, number);
  if (stop.kind !== 'signal' || stop.signal !== Signal.SIGTRAP) {
    throw new Trouble('host', `the handler of signal ${number} did not start in the new build`);
  }
  hideStep(task.tracee, stop.registers.number(Reg.rsp), interrupted);
  task.registers.copyFrom(stop.registers);
}

/**
 * Asynchronous signals came among instructions that another build has elsewhere: their handlers run at
 * once where they did so then, else before its next call, or among its instructions where it makes none.
 */
export function deliverWaiting(session: RebuildSession, task: RebuildTask): void {
  for (let next = task.signals.shift(); next; next = task.signals.shift()) {
    if (!task.interrupted && !next.immediate) {
      comeFurther(session, task);
      session.movedSignals++;
    }
    task.interrupted = false;
    raise(session, task, next.signal.number, next.signal.siginfo);
    if (TIMER_SIGNALS.has(next.signal.number)) task.tick = next.signal;
  }
}

const TIMER_SIGNALS: ReadonlySet<number> = new Set([Signal.SIGALRM, Signal.SIGVTALRM, Signal.SIGPROF]);

/** Between two ticks that come once more: a tick's handler and what waits for it must both get on. Microseconds of processor time. */
const BETWEEN_TICKS = 20_000;
/** A task that has spun through so many of them waits for something else. */
const MOST_TICKS = 1000;

/** Microseconds of processor time that another build may compute beyond what the recorded one took, and how many times as long. */
const UNTIL_TICK = 2_000_000;
const LONGER = 10;

/**
 * Lets a task run to its next stop. One that spins until a timer has ticked often enough may have had some
 * of the recorded ticks before it began to: the last one then comes again, if its handler is still there.
 */
export function runWithTicks(session: RebuildSession, task: RebuildTask, before: EventIndex): Stop {
  const patience = UNTIL_TICK + LONGER * session.recordedGap;
  for (let ticks = 0; ticks < MOST_TICKS; ticks++) {
    const stop = session.runFor(task, ticks === 0 ? patience : BETWEEN_TICKS);
    if (stop.kind !== 'event') return stop;
    if (!takes(task, task.tick!.number)) return session.run(task);
    session.extraSignals++;
    const asked = tickAgain(session, task, before);
    if (asked) return asked;
  }
  throw lost();
}

const masks = new BigUint64Array(4);

/** Whether the task has a handler for a signal, and does not block it. */
function takes(task: RebuildTask, number: number): boolean {
  answered(addon.signalMasks(task.tracee.tid, masks), task.tracee.tid, "read a task's signal masks");
  const [, blocked, , caught] = masks;
  const bit = 1n << BigInt(number - 1);
  return (caught! & bit) !== 0n && (blocked! & bit) === 0n;
}

/** Runs the handler of a timer's signal once more. Answers the stop of its first call that is not for nothing. */
function tickAgain(session: RebuildSession, task: RebuildTask, before: EventIndex): Stop | undefined {
  raise(session, task, task.tick!.number, task.tick!.siginfo);
  for (;;) {
    const stop = session.run(task);
    if (stop.kind !== 'syscall') return stop;
    const entry = session.entryAt(task, stop);
    if (entry.number === SYS_RT_SIGRETURN) {
      task.registers.copyFrom(stop.registers);
      returnFromHandler(session, task);
      return undefined;
    }
    if (!ClockReads.isRead(entry) || !session.clocks.tellAgain(task, entry, before)) return stop;
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

/** A task that makes no call for so long waits for something else. Microseconds of processor time. */
const UNTIL_CALL = 100_000;

/** Such a task goes on by so many instructions from one signal to the next. */
const INSTRUCTIONS = 500;
const INT3 = 0xcc;

/**
 * Brings the task in front of the instruction of its next call or fault. One that comes to none, and spins
 * until a handler has run or another task has done something, goes on by a little.
 */
export function comeFurther(session: RebuildSession, task: RebuildTask): void {
  stopBefore(task, goOn(session, task) ?? session.stop);
}

/** Lets a task run to its next stop; undefined where it spins, and went on by a little. */
function goOn(session: RebuildSession, task: RebuildTask): Stop | undefined {
  if (!task.spins) {
    const stop = session.runFor(task, UNTIL_CALL);
    task.spins = stop.kind === 'event';
    return task.spins ? undefined : stop;
  }
  for (let done = 0; done < INSTRUCTIONS; done++) {
    const stop = session.run(task, Request.sysemuSingleStep);
    if (stop.kind !== 'signal' || stop.signal !== Signal.SIGTRAP || stop.code !== SignalCode.TRAP_TRACE) return stop;
  }
  return undefined;
}

/** Puts a task that stopped by itself in front of the instruction that did it. */
function stopBefore(task: RebuildTask, stop: Stop): void {
  if (stop.kind === 'syscall') {
    rewind(task, stop.registers);
    return;
  }
  task.registers.copyFrom(stop.registers);
  // An instruction that faults does so again; int3 is behind the task already.
  const before = stop.registers.number(Reg.rip) - 1;
  if (stop.kind === 'signal' && stop.signal === Signal.SIGTRAP && task.tracee.read(before, 1)[0] === INT3) {
    task.registers.setNumber(Reg.rip, before);
  }
  task.putRegisters();
}

/** Puts a task before the instruction of the call that it is in. */
export function rewind(task: RebuildTask, entered: RebuildTask['registers']): void {
  const registers = beforeCall(entered);
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

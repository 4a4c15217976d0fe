/**
 * Signals that portrace's own traps raise. The kernel forces them: one that the task blocks or ignores is unblocked, and its
 * action becomes the default one (force_sig_info_to_task in kernel/signal.c). Both are put back.
 */
import { Reg } from '../base/registers.js';
import { addon, answered, Request, Signal, type Stop } from '../tracee/index.js';
import type { RecordSession } from './session.js';
import type { GuestTask } from './task.js';

const SYS_RT_SIGACTION = 13;
/** sizeof(sigset_t) of the kernel. */
const SET_SIZE = 8;

const TRAPS: ReadonlySet<number> = new Set([Signal.SIGSEGV, Signal.SIGILL]);

const bitOf = (signal: number): number => 1 << (signal - 1);

const mask = new Uint8Array(SET_SIZE);

/** Which of these signals a task blocks that is about to run its own instructions, as a mask; asked only where it handles or ignores one. */
export function blockedTraps(task: GuestTask): number {
  return task.dispositions.hasActionFor(TRAPS) ? Math.max(0, readMask(task)) : 0;
}

const blocks = ({ blockedAtResume }: GuestTask, signal: number): boolean => (blockedAtResume & bitOf(signal)) !== 0;

/** Whether a stop is of a signal that the task blocks: then an instruction forced it, whoever sent the one that waited. */
export const isForcedOnBlocked = (task: GuestTask, { signal }: Stop): boolean => TRAPS.has(signal) && blocks(task, signal);

/** Puts back what the trap changed. The task stands behind the instruction. */
export function undoForcing(session: RecordSession, task: GuestTask, signal: number): void {
  const { tracee, dispositions } = task;
  if (blocks(task, signal)) block(task, signal);
  else if (!dispositions.ignores(signal)) return;
  const action = dispositions.actionOf(signal);
  if (!action) return;
  const at = task.last.number(Reg.rsp);
  const lent = tracee.read(at, action.length).slice();
  const held: Uint8Array[] = [];
  tracee.write(at, action);
  task.makeCall(task.space.syscallSite(tracee), SYS_RT_SIGACTION, [signal, at, 0, SET_SIZE], held);
  tracee.write(at, lent);
  session.resend(task, held);
}

/** Lets a task have the traps that portrace is about to raise, which would reset its action. Answers whether it blocked them. */
export function unblockTrap(task: GuestTask): boolean {
  const blocked = readMask(task);
  if (blocked < 0 || (blocked & bitOf(Signal.SIGTRAP)) === 0) return false;
  return writeMask(task, blocked & ~bitOf(Signal.SIGTRAP)) >= 0;
}

/** Undoes it. The task may be gone. */
export function blockTrap(task: GuestTask): void {
  const blocked = readMask(task);
  if (blocked >= 0) writeMask(task, blocked | bitOf(Signal.SIGTRAP));
}

function block(task: GuestTask, signal: number): void {
  const blocked = answered(readMask(task), task.tid, 'read a signal mask');
  answered(writeMask(task, blocked | bitOf(signal)), task.tid, 'write a signal mask');
}

/** The first half of a task's mask, in which all these signals are, or an error below zero. */
function readMask({ tid }: GuestTask): number {
  const error = addon.requestBytes(tid, Request.getSignalMask, SET_SIZE, mask);
  return error < 0 ? error : new DataView(mask.buffer).getUint32(0, true);
}

/** Writes that half, behind `readMask`, which has the other. */
function writeMask({ tid }: GuestTask, half: number): number {
  new DataView(mask.buffer).setUint32(0, half, true);
  return addon.requestBytes(tid, Request.setSignalMask, SET_SIZE, mask);
}

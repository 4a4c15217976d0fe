/** How a guest task becomes the tracer of another, and makes it stop: TRACEME, ATTACH, SEIZE, INTERRUPT. */
import { addon, Request, Signal, StopEvent } from '../../tracee/index.js';
import { Reg } from '../../base/registers.js';
import { Trouble } from '../../base/errors.js';
import { leaveAfterRestart } from '../calls.js';
import { Foresight } from '../foresight.js';
import { GuestTracing } from '../guest-tracing.js';
import type { RecordSession } from '../session.js';
import { makeSiginfo, SI_KERNEL } from '../siginfo.js';
import type { Call, GuestTask } from '../task.js';
import { hold, stopWithGroup } from '../tracer-stops.js';

const EPERM = 1;
const ESRCH = 3;
const EIO = 5;
/** The bits that have a meaning to the kernel: PTRACE_O_MASK, linux/ptrace.h. */
const OPTIONS = 0x3000ff;

/** The caller's parent becomes its tracer. */
export function traceMe(session: RecordSession, task: GuestTask): number {
  if (task.tracing) return -EPERM;
  if (!task.parent || !session.tasks.has(task.parent.tid)) {
    throw new Trouble('unsupported', 'PTRACE_TRACEME of a task whose parent is outside the guest');
  }
  trace(task, new GuestTracing(task.parent));
  return 0;
}

function trace(target: GuestTask, tracing: GuestTracing): void {
  target.tracing = tracing;
  tracing.tracer.foresight ??= new Foresight();
}

/** PTRACE_ATTACH stops its target by a SIGSTOP, PTRACE_SEIZE does not. */
export function attach(session: RecordSession, task: GuestTask, { entry }: Call): number {
  const seizes = entry.int32(Reg.rdi) === Request.seize;
  const options = entry.number(Reg.r10);
  if (seizes && (entry.number(Reg.rdx) !== 0 || options & ~OPTIONS)) return -EIO;
  const pid = entry.int32(Reg.rsi);
  const target = session.taskByPid(pid);
  if (!target) {
    if (session.deadTracees.has(pid) || addon.killTask(pid, pid, 0) < 0) return -ESRCH;
    throw new Trouble('unsupported', `a guest task wants to trace process ${pid}, which is not in the guest`);
  }
  if (target.group === task.group || target.tracing) return -EPERM;
  const tracing = new GuestTracing(task, 0, seizes);
  if (seizes && !tracing.setOptions(options)) throw unsupportedOptions(options);
  trace(target, tracing);
  const { state } = target;
  if (!seizes) stopBySignal(target);
  if (state === 'listening') takeFromListening(session, target);
  return 0;
}

export const unsupportedOptions = (options: number): Trouble =>
  new Trouble('unsupported', `a guest tracer set ptrace options 0x${options.toString(16)}, of which not all are emulated`);

function stopBySignal(target: GuestTask): void {
  target.stash.set(Signal.SIGSTOP, makeSiginfo(Signal.SIGSTOP, { code: SI_KERNEL }));
  addon.killTask(target.group, target.tid, Signal.SIGSTOP);
}

/** A stopped task that gets a tracer reports its stop. Which signal made it is not kept: mostly it is SIGSTOP. */
function takeFromListening(session: RecordSession, target: GuestTask): void {
  target.tracee.interrupt();
  const stop = session.waitFor(target);
  // It died instead, or another thread's execve took its id.
  if (!stop) return;
  if (stop.kind !== 'event' || stop.event !== StopEvent.stop) {
    session.onStop(target, stop);
    return;
  }
  stopWithGroup(session, target, Signal.SIGSTOP);
}

/** PTRACE_INTERRUPT: the stop comes when the task is about to run its own instructions. */
export function interrupt(session: RecordSession, target: GuestTask): number {
  const tracing = target.tracing!;
  if (!tracing.seized) return -EIO;
  tracing.interrupted = true;
  switch (target.state) {
    case 'in-call':
      if (!target.pendingStop) session.interruptCall(target);
      break;
    case 'waiting':
      leaveAfterRestart(session, target);
      session.makeReady(target);
      break;
    case 'listening':
      tracing.interrupted = false;
      takeFromListening(session, target);
      break;
    case 'held':
      // One that listens in no group stop of its own.
      if (tracing.stop) break;
      tracing.interrupted = false;
      tracing.stopWithGroup(Signal.SIGTRAP);
      hold(session, target);
      break;
    default:
  }
  return 0;
}

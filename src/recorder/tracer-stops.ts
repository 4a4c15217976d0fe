/**
 * Stops of tasks for the guest tasks that trace them, and who is told: the wait calls, and SIGCHLD
 * (do_notify_parent_cldstop and do_notify_parent in kernel/signal.c).
 */
import { statSync } from 'node:fs';
import { addon, Request, Signal, TaskGone } from '../tracee/index.js';
import { inMask, signalMasks } from './process-status.js';
import { IRREGULAR } from './calls/irregular.js';
import type { RecordSession } from './session.js';
import { makeSiginfo } from './siginfo.js';
import type { GuestTracing } from './guest-tracing.js';
import type { GuestTask } from './task.js';

const SYS_WAIT4 = 61;

/** si_code values of SIGCHLD, asm-generic/siginfo.h. */
export const Child = { exited: 1, killed: 2, dumped: 3, trapped: 4, stopped: 5 } as const;

/**
 * Puts a task into the stop that its tracing state names. `onward` is what it does when its tracer
 * lets it go on, where that is more than to run.
 */
export function hold(session: RecordSession, task: GuestTask, onward?: () => void): void {
  const { tracer, stop } = task.tracing!;
  task.state = 'held';
  task.onward = onward;
  notifyTracer(session, tracer);
  const byGroup = inGroupStop(task.tracing!);
  // The kernel tells the parent of a group stop, which the tracer may be.
  if (byGroup && task.parent?.group === tracer.group) return;
  const code = stop!.kind === 'group' ? Child.stopped : Child.trapped;
  const status = code === Child.trapped || byGroup ? (stop!.status >> 8) & 0x7f : 0;
  tellTracer(session, tracer, { code, siginfo: () => makeSiginfo(Signal.SIGCHLD, { code, pid: task.tid, user: userOf(task.tid), status }) });
}

/** A task that PTRACE_INTERRUPT asked to stop is about to run again: it stops here. */
export function stopInterrupted(session: RecordSession, task: GuestTask): void {
  task.tracing!.interrupted = false;
  stopWithGroup(session, task, Signal.SIGTRAP);
}

/** A group stop by `signal`; by SIGTRAP what a seized task tells as PTRACE_EVENT_STOP otherwise. */
export function stopWithGroup(session: RecordSession, task: GuestTask, signal: number): void {
  task.tracing!.stopWithGroup(signal);
  hold(session, task);
}

/** A tracee that died. */
export interface DeadTracee {
  readonly tracer: GuestTask;
  readonly tid: number;
  readonly group: number;
  /** As wait4(2) stores it. */
  readonly status: number;
}

/** A traced task died: its tracer is to hear of it as it would of a child. */
export function noteDeath(session: RecordSession, task: GuestTask, tracer: GuestTask): void {
  const { tid, group } = task;
  const status = task.exitStatus!;
  const dead = { tracer, tid, group, status };
  session.deadTracees.set(tid, dead);
  const isChild = tid === group && task.parent?.group === tracer.group;
  if (isChild || !session.tasks.has(tracer.tid)) return;
  session.untoldDeaths.add(dead);
  notifyTracer(session, tracer);
  const end = endOf(status);
  tellTracer(session, tracer, { code: end.code, siginfo: () => makeSiginfo(Signal.SIGCHLD, { ...end, pid: tid, user: userOf(tracer.tid) }) });
}

/** si_code and si_status of an end. */
export function endOf(status: number): { code: number; status: number } {
  const signal = status & 0x7f;
  if (signal === 0) return { code: Child.exited, status: status >> 8 };
  return { code: status & 0x80 ? Child.dumped : Child.killed, status: signal };
}

/** A dead tracer's tracees go on untraced, or die with it (ptrace(2)). */
export function releaseTracees(session: RecordSession, tracer: GuestTask): void {
  for (const dead of session.untoldDeaths) if (dead.tracer === tracer) session.untoldDeaths.delete(dead);
  for (const task of session.tasks.values()) {
    const { tracing } = task;
    if (tracing?.tracer !== tracer) continue;
    task.tracing = undefined;
    if (tracing.wants('exitKill')) addon.killTask(task.group, task.tid, Signal.SIGKILL);
    if (task.state !== 'held') continue;
    if (inGroupStop(tracing)) session.listen(task);
    else session.makeReady(task);
  }
}

/** Whether the task is in a stop of job control, which outlasts its tracer. */
export const inGroupStop = ({ stop }: GuestTracing): boolean =>
  stop?.kind === 'group' && ((stop.status >> 8) & 0x7f) !== Signal.SIGTRAP;

/** Wakes whoever waits for a tracer's tracees: any of its threads may (wait(2)). */
function notifyTracer(session: RecordSession, tracer: GuestTask): void {
  for (const task of [...session.tasks.values()]) {
    if (task.group === tracer.group) IRREGULAR.get(SYS_WAIT4)!.retry!(session, task);
  }
}

/** The user whose files in /proc a task's are. */
export function userOf(tid: number): number {
  return statSync(`/proc/${tid}`, { throwIfNoEntry: false })?.uid ?? 0;
}

/**
 * Sends a tracer the SIGCHLD that the kernel would, had it been the real tracer. A sender cannot choose
 * what such a signal says: it is put in where the signal arrives (signals.ts).
 */
function tellTracer(
  session: RecordSession,
  tracer: GuestTask,
  { code, siginfo }: { readonly code: number; readonly siginfo: () => Uint8Array },
): void {
  try {
    if (!session.tasks.has(tracer.tid) || !hears(tracer, code)) return;
    // One that waits already stands for both (signal(7)).
    if (inMask(signalMasks(tracer.tid).pending, Signal.SIGCHLD)) return;
    session.childNotes.set(tracer.group, siginfo());
    process.kill(tracer.group, 'SIGCHLD');
  } catch (error) {
    // It is dying.
    if (!(error instanceof TaskGone) && (error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether a SIGCHLD would come to the tracer or wait for it: by default it is not even kept. */
function hears({ tid, dispositions }: GuestTask, code: number): boolean {
  if (dispositions.ignores(Signal.SIGCHLD)) return false;
  if (code >= Child.trapped && dispositions.hearsNoStops) return false;
  return dispositions.catches(Signal.SIGCHLD) || inMask(blockedSignals(tid), Signal.SIGCHLD);
}

const mask = new BigUint64Array(1);

/** Of a task that may be stopped or asleep. */
function blockedSignals(tid: number): bigint {
  const result = addon.requestBytes(tid, Request.getSignalMask, mask.byteLength, new Uint8Array(mask.buffer));
  return result < 0 ? signalMasks(tid).blocked : mask[0]!;
}

/**
 * wait4 of a task that traces others: stops of its tracees are portrace's to tell; children that
 * died are the kernel's. The task is parked at the return of a wait4 that found nothing, as if a
 * signal had interrupted it, so that a real signal does the right thing by itself.
 */
import { Reg, Registers } from '../../base/registers.js';
import { Trouble } from '../../base/errors.js';
import { finishAnswered, noteEntered, runCall, voidCall } from '../calls.js';
import { processGroup } from '../process-status.js';
import type { RecordSession } from '../session.js';
import type { Call, GuestTask } from '../task.js';
import type { IrregularCall } from './irregular.js';

const SYS_WAIT4 = 61;
const WNOHANG = 1;
const ERESTARTSYS = 512;
/** sizeof(struct rusage) */
const RUSAGE_SIZE = 144;

export const waitCall: IrregularCall = {
  isAnswered: (session, task, call) =>
    call.number === SYS_WAIT4 && (stoppedTracee(session, task, call.entry.int32(Reg.rdi)) !== undefined || hasLiveTracee(session, task, call)),
  enter: (session, task, call) => {
    if (!traces(session, task)) {
      runCall(session, task, call);
      return;
    }
    if (call.number !== SYS_WAIT4) {
      throw new Trouble('unsupported', 'a guest tracer called waitid; only wait4 is emulated for tracers');
    }
    enterWait(session, task, call);
  },
  retry: (session, task) => {
    if (task.state === 'in-call' && task.call?.number === SYS_WAIT4) leaveHostWait(session, task);
    retryWait(session, task);
  },
};

function traces(session: RecordSession, task: GuestTask): boolean {
  for (const other of session.tasks.values()) if (other.tracing?.tracer.group === task.group) return true;
  return false;
}

/** The tracee whose stop a wait for `pid` collects now. */
function stoppedTracee(session: RecordSession, task: GuestTask, pid: number): GuestTask | undefined {
  for (const other of session.tasks.values()) {
    if (other.tracing?.tracer.group !== task.group || !other.tracing.waitable()) continue;
    if (pid === -1 || pid === other.tid) return other;
    if (pid === 0 && processGroup(other.tid) === processGroup(task.tid)) return other;
    if (pid < -1 && processGroup(other.tid) === -pid) return other;
  }
  return undefined;
}

/** A wait for one tracee that lives: the kernel knows nothing that portrace does not. */
function hasLiveTracee(session: RecordSession, task: GuestTask, call: Call): boolean {
  const target = session.taskByPid(call.entry.int32(Reg.rdi));
  return target !== undefined && target.state !== 'gone' && target.tracing?.tracer.group === task.group;
}

function enterWait(session: RecordSession, task: GuestTask, call: Call): void {
  const stopped = stoppedTracee(session, task, call.entry.int32(Reg.rdi));
  if (stopped) {
    call.emulated = true;
    const after = voidCall(session, task, stopped.tid);
    if (after) collect(session, { task, stopped, after });
    return;
  }
  if (hasLiveTracee(session, task, call)) {
    const waits = !(call.entry.int32(Reg.rdx) & WNOHANG);
    const after = voidCall(session, task, waits ? -ERESTARTSYS : 0);
    if (!after) return;
    if (waits) park(session, task, after);
    else finishAnswered(session, task, { result: 0, after });
    return;
  }
  const asked = call.entry.clone();
  asked.setNumber(Reg.rdx, call.entry.int32(Reg.rdx) | WNOHANG);
  task.tracee.setRegisters(asked);
  const stop = session.runThroughCall(task);
  if (stop.kind !== 'syscall') {
    session.onStop(task, stop);
    return;
  }
  const after = stop.registers.clone();
  after.setLong(Reg.rdx, call.entry.long(Reg.rdx));
  const result = after.signed(Reg.rax);
  if (result === 0 && !(call.entry.int32(Reg.rdx) & WNOHANG)) {
    park(session, task, after);
    return;
  }
  task.tracee.setRegisters(after);
  finishReal(session, task, after);
}

/** A task that waited in the host became a tracer meanwhile: from now on portrace answers its wait. */
function leaveHostWait(session: RecordSession, task: GuestTask): void {
  if (task.pendingStop) return;
  task.tracee.interrupt();
  const stop = session.waitFor(task)!;
  if (stop.kind === 'syscall' && stop.registers.signed(Reg.rax) === -ERESTARTSYS) {
    park(session, task, stop.registers.clone());
    return;
  }
  task.pendingStop = stop.clone();
  session.enqueue(task);
}

/** Leaves the task where an interrupted wait4 would be, until something comes. */
function park(session: RecordSession, task: GuestTask, after: Registers): void {
  after.setNumber(Reg.rax, -ERESTARTSYS);
  after.setNumber(Reg.orig_rax, SYS_WAIT4);
  task.tracee.setRegisters(after);
  noteEntered(session, task, task.call!);
  task.state = 'waiting';
}

/** A parked task looks again: a tracee stopped, or some task died. */
export function retryWait(session: RecordSession, task: GuestTask): void {
  if (task.state !== 'waiting' || !task.call) return;
  const { entry } = task.call;
  const stopped = stoppedTracee(session, task, entry.int32(Reg.rdi));
  const after = task.tracee.registers(new Registers());
  if (stopped) {
    task.call.emulated = true;
    session.makeReady(task);
    collect(session, { task, stopped, after });
    return;
  }
  const held: Uint8Array[] = [];
  const args = [entry.int32(Reg.rdi), entry.number(Reg.rsi), entry.int32(Reg.rdx) | WNOHANG, entry.number(Reg.r10)];
  const result = task.makeCall(after.number(Reg.rip) - 2, SYS_WAIT4, args, held);
  session.resend(task, held);
  if (result === 0) {
    task.tracee.setRegisters(after);
    return;
  }
  after.setNumber(Reg.rax, result);
  task.tracee.setRegisters(after);
  session.makeReady(task);
  finishReal(session, task, after);
}

/** The tracer learns of its tracee's stop. */
function collect(
  session: RecordSession,
  { task, stopped, after }: { task: GuestTask; stopped: GuestTask; after: Registers },
): void {
  const call = task.call!;
  const stop = stopped.tracing!.stop!;
  stop.reported = true;
  const statusAt = call.entry.number(Reg.rsi);
  if (statusAt !== 0) {
    const bytes = new Uint8Array(new Int32Array([stop.status]).buffer);
    task.tracee.write(statusAt, bytes);
    call.effects.push(session.memoryEffect(task.space.id, statusAt, bytes));
  }
  after.setNumber(Reg.rax, stopped.tid);
  task.tracee.setRegisters(after);
  finishAnswered(session, task, { result: stopped.tid, after });
}

/** The kernel answered the wait: what it wrote is captured here, since the row saw other options. */
function finishReal(session: RecordSession, task: GuestTask, after: Registers): void {
  const call = task.call!;
  const result = after.signed(Reg.rax);
  for (const [at, size] of [
    [call.entry.number(Reg.rsi), 4],
    [call.entry.number(Reg.r10), RUSAGE_SIZE],
  ] as const) {
    if (result <= 0 || at === 0) continue;
    call.effects.push(session.memoryEffect(task.space.id, at, task.tracee.read(at, size)));
  }
  finishAnswered(session, task, { result, after });
}


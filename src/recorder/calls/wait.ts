/**
 * wait4 and waitid of a task that traces others: stops of its tracees, and deaths of those that are not
 * its children, are portrace's to tell; children that died are the kernel's. The task is parked at the
 * return of a call that found nothing, as if a signal had interrupted it, so that a real signal does the
 * right thing by itself.
 */
import { Signal } from '../../tracee/index.js';
import { Reg, Registers } from '../../base/registers.js';
import { Trouble } from '../../base/errors.js';
import { finishAnswered, noteEntered, runCall, voidCall } from '../calls.js';
import { processGroup } from '../process-status.js';
import { endDiversion } from '../diversion.js';
import { Child, endOf, userOf, type DeadTracee } from '../tracer-stops.js';
import type { RecordSession } from '../session.js';
import { makeSiginfo } from '../siginfo.js';
import type { Call, GuestTask } from '../task.js';
import type { IrregularCall } from './irregular.js';

const SYS_WAIT4 = 61;
const SYS_WAITID = 247;

/** linux/wait.h */
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x1000000;
const P_ALL = 0;
const P_PID = 1;
const P_PGID = 2;

/** Low byte of the status of a stop. */
const STOPPED = 0x7f;

const ECHILD = 10;
const ERESTARTSYS = 512;
/** sizeof(struct rusage) */
const RUSAGE_SIZE = 144;
/** What waitid fills of siginfo_t: up to si_status. */
const INFO_SIZE = 28;

/** What either call asks for. */
interface Wanted {
  readonly which: typeof P_ALL | typeof P_PID | typeof P_PGID;
  /** A process or group; 0 for the caller's own group. */
  readonly id: number;
  readonly options: number;
  readonly deaths: boolean;
  /** Where the results go; 0 for nowhere. */
  readonly statusAt: number;
  readonly infoAt: number;
  readonly usageAt: number;
}

/** Undefined where the call waits for what only the kernel knows: an invalid choice, a pidfd. */
function wantedBy({ number, entry }: Call): Wanted | undefined {
  if (number === SYS_WAIT4) {
    const pid = entry.int32(Reg.rdi);
    const which = pid === -1 ? P_ALL : pid > 0 ? P_PID : P_PGID;
    const places = { statusAt: entry.number(Reg.rsi), infoAt: 0, usageAt: entry.number(Reg.r10) };
    return { which, id: Math.abs(pid), options: entry.int32(Reg.rdx), deaths: true, ...places };
  }
  const which = entry.int32(Reg.rdi);
  if (which !== P_ALL && which !== P_PID && which !== P_PGID) return undefined;
  const options = entry.int32(Reg.r10);
  const places = { statusAt: 0, infoAt: entry.number(Reg.rdx), usageAt: entry.number(Reg.r8) };
  return { which, id: entry.int32(Reg.rsi), options, deaths: (options & WEXITED) !== 0, ...places };
}

export const waitCall: IrregularCall = {
  isAnswered: (session, task, call) => {
    if (!traces(session, task)) return false;
    const wanted = wantedBy(call);
    return wanted !== undefined && (find(session, task, wanted) !== undefined || waitsForTracee(session, task, wanted));
  },
  enter: (session, task, call) => {
    if (!traces(session, task)) {
      runCall(session, task, call);
      return;
    }
    enterWait(session, task, emulatedWait(call));
  },
  retry: (session, task) => {
    const { call } = task;
    if (task.state === 'in-call' && (call?.number === SYS_WAIT4 || call?.number === SYS_WAITID)) {
      emulatedWait(call);
      leaveHostWait(session, task);
    }
    retryWait(session, task);
  },
};

function emulatedWait(call: Call): Wanted {
  const wanted = wantedBy(call);
  if (!wanted) throw new Trouble('unsupported', 'a guest tracer waited for a pidfd; waitid by process, group or for all works');
  if (call.number === SYS_WAITID && wanted.infoAt === 0) {
    throw new Trouble('unsupported', 'a guest tracer called waitid without a place for siginfo');
  }
  return wanted;
}

function traces(session: RecordSession, task: GuestTask): boolean {
  for (const other of session.tasks.values()) if (other.tracing?.tracer.group === task.group) return true;
  for (const dead of session.untoldDeaths) if (dead.tracer.group === task.group) return true;
  return false;
}

/** What portrace has to tell. */
type Found = { readonly stopped: GuestTask } | { readonly dead: DeadTracee };

function find(session: RecordSession, task: GuestTask, wanted: Wanted): Found | undefined {
  for (const other of session.tasks.values()) {
    if (other.tracing?.tracer.group === task.group && other.tracing.waitable() && selects(task, wanted, other.tid)) return { stopped: other };
  }
  if (!wanted.deaths) return undefined;
  for (const dead of session.untoldDeaths) {
    if (dead.tracer.group === task.group && isAlone(session, dead) && selects(task, wanted, dead.tid)) return { dead };
  }
  return undefined;
}

/** A group's first thread is told of when it is the last (delay_group_leader in linux/sched/signal.h). */
function isAlone(session: RecordSession, { tid, group }: DeadTracee): boolean {
  if (tid !== group) return true;
  for (const other of session.tasks.values()) if (other.group === group) return false;
  return true;
}

function selects(task: GuestTask, { which, id }: Wanted, tid: number): boolean {
  if (which === P_ALL) return true;
  if (which === P_PID) return id === tid;
  try {
    return processGroup(tid) === (id || processGroup(task.tid));
  } catch {
    // It is gone, and its group with it.
    return false;
  }
}

/** A wait for one tracee that lives: the kernel knows nothing that portrace does not. */
function waitsForTracee(session: RecordSession, task: GuestTask, { which, id }: Wanted): boolean {
  const target = which === P_PID ? session.taskByPid(id) : undefined;
  return target !== undefined && target.state !== 'gone' && target.tracing?.tracer.group === task.group;
}

/** Whether a tracee lives that the wait is for, be it a child or not. */
function awaitsTracee(session: RecordSession, task: GuestTask, wanted: Wanted): boolean {
  for (const other of session.tasks.values()) {
    if (other.tracing?.tracer.group === task.group && selects(task, wanted, other.tid)) return true;
  }
  for (const dead of session.untoldDeaths) {
    if (dead.tracer.group === task.group && selects(task, wanted, dead.tid)) return true;
  }
  return false;
}

function enterWait(session: RecordSession, task: GuestTask, wanted: Wanted): void {
  const call = task.call!;
  const found = find(session, task, wanted);
  if (found) {
    call.emulated = true;
    const after = voidCall(session, task, 0);
    if (after) collect(session, task, { wanted, found, after });
    return;
  }
  const waits = !(wanted.options & WNOHANG);
  if (waitsForTracee(session, task, wanted)) {
    const after = voidCall(session, task, waits ? -ERESTARTSYS : 0);
    if (!after) return;
    if (waits) park(session, task, after);
    else finishEmpty(session, task, wanted, after);
    return;
  }
  // What the kernel says without waiting tells.
  const asked = call.entry.clone();
  const optionsIn = call.number === SYS_WAIT4 ? Reg.rdx : Reg.r10;
  asked.setNumber(optionsIn, wanted.options | WNOHANG);
  task.tracee.setRegisters(asked);
  const infoBefore = wanted.infoAt ? task.tracee.read(wanted.infoAt, INFO_SIZE) : undefined;
  const stop = session.runThroughCall(task);
  if (stop.kind !== 'syscall') {
    session.onStop(task, stop);
    return;
  }
  const after = stop.registers.clone();
  after.setLong(optionsIn, call.entry.long(optionsIn));
  const result = after.signed(Reg.rax);
  if (!nothingYet(session, task, wanted, result)) {
    task.tracee.setRegisters(after);
    finishReal(session, task, wanted, after);
  } else if (waits) {
    if (infoBefore) task.tracee.copyOut(wanted.infoAt, infoBefore);
    park(session, task, after);
  } else {
    after.setNumber(Reg.rax, 0);
    task.tracee.setRegisters(after);
    finishEmpty(session, task, wanted, after);
  }
}

/** Whether the kernel's answer to a call with WNOHANG means that the guest has to wait. */
function nothingYet(session: RecordSession, task: GuestTask, wanted: Wanted, result: number): boolean {
  if (result === -ECHILD) return awaitsTracee(session, task, wanted);
  if (result < 0) return false;
  const { tid, stopped } = kernelsAnswer(task, wanted, result);
  // A group stop of a tracee that is a child, too, has been told as the tracee's.
  return tid === 0 || (stopped && session.taskByPid(tid)?.tracing?.tracer.group === task.group);
}

/** Whom the kernel told of, 0 for nobody, and whether of a stop. */
function kernelsAnswer(task: GuestTask, { statusAt, infoAt }: Wanted, result: number): { tid: number; stopped: boolean } {
  if (task.call!.number === SYS_WAIT4) {
    const bytes = result > 0 && statusAt !== 0 ? task.tracee.read(statusAt, 4) : undefined;
    return { tid: result, stopped: bytes?.[0] === STOPPED };
  }
  const info = task.tracee.read(infoAt, INFO_SIZE);
  if (info.length !== INFO_SIZE) return { tid: 0, stopped: false };
  const view = new DataView(info.buffer, info.byteOffset);
  return { tid: view.getInt32(16, true), stopped: view.getInt32(8, true) === Child.stopped };
}

/** A task that waited in the host became a tracer meanwhile: from now on portrace answers its wait. */
function leaveHostWait(session: RecordSession, task: GuestTask): void {
  if (task.pendingStop) return;
  task.tracee.interrupt();
  const stop = session.waitFor(task)!;
  if (stop.kind === 'syscall' && stop.registers.signed(Reg.rax) === -ERESTARTSYS) {
    const after = stop.registers.clone();
    endDiversion(task.call!, after);
    park(session, task, after);
    return;
  }
  task.pendingStop = stop.clone();
  session.enqueue(task);
}

/** Leaves the task where an interrupted wait would be, until something comes. */
function park(session: RecordSession, task: GuestTask, after: Registers): void {
  after.setNumber(Reg.rax, -ERESTARTSYS);
  after.setNumber(Reg.orig_rax, task.call!.number);
  task.tracee.setRegisters(after);
  noteEntered(session, task, task.call!);
  task.state = 'waiting';
}

/** A parked task looks again: a tracee stopped, or some task died. */
export function retryWait(session: RecordSession, task: GuestTask): void {
  if (task.state !== 'waiting' || !task.call) return;
  const wanted = wantedBy(task.call)!;
  const found = find(session, task, wanted);
  const after = task.tracee.registers(new Registers());
  if (found) {
    task.call.emulated = true;
    session.makeReady(task);
    collect(session, task, { wanted, found, after });
    return;
  }
  const infoBefore = wanted.infoAt ? task.tracee.read(wanted.infoAt, INFO_SIZE) : undefined;
  const result = askAgain(session, task, after);
  if (nothingYet(session, task, wanted, result)) {
    if (infoBefore) task.tracee.copyOut(wanted.infoAt, infoBefore);
    task.tracee.setRegisters(after);
    return;
  }
  after.setNumber(Reg.rax, result);
  task.tracee.setRegisters(after);
  session.makeReady(task);
  finishReal(session, task, wanted, after);
}

/** Makes the parked call once more, without waiting. */
function askAgain(session: RecordSession, task: GuestTask, after: Registers): number {
  const { number, entry } = task.call!;
  const args = [Reg.rdi, Reg.rsi, Reg.rdx, Reg.r10, Reg.r8].map((register) => entry.number(register));
  args[0] = entry.int32(Reg.rdi);
  const optionsAt = number === SYS_WAIT4 ? 2 : 3;
  args[optionsAt] = args[optionsAt]! | WNOHANG;
  const held: Uint8Array[] = [];
  const result = task.makeCall(after.number(Reg.rip) - 2, number, args, held);
  session.resend(task, held);
  return result;
}

/** The tracer learns of its tracee's stop or end. */
function collect(
  session: RecordSession,
  task: GuestTask,
  { wanted, found, after }: { wanted: Wanted; found: Found; after: Registers },
): void {
  const told = 'dead' in found ? deathOf(session, task, found.dead) : stopOf(found.stopped);
  if (!(wanted.options & WNOWAIT)) told.take();
  if (wanted.statusAt) give(session, task, wanted.statusAt, new Uint8Array(new Int32Array([told.status]).buffer));
  if (wanted.infoAt) give(session, task, wanted.infoAt, told.siginfo.subarray(0, INFO_SIZE));
  // What the tracee used up is not kept.
  if (wanted.usageAt) give(session, task, wanted.usageAt, new Uint8Array(RUSAGE_SIZE));
  const result = task.call!.number === SYS_WAIT4 ? told.tid : 0;
  after.setNumber(Reg.rax, result);
  task.tracee.setRegisters(after);
  finishAnswered(session, task, { result, after });
}

interface Told {
  readonly tid: number;
  readonly status: number;
  readonly siginfo: Uint8Array;
  /** The next wait does not tell it again. */
  readonly take: () => void;
}

/** waitid shows all of a stop's status, with its event (wait_task_stopped in kernel/exit.c). */
function stopOf(stopped: GuestTask): Told {
  const stop = stopped.tracing!.stop!;
  const siginfo = makeSiginfo(Signal.SIGCHLD, { code: Child.trapped, pid: stopped.tid, user: userOf(stopped.tid), status: stop.status >> 8 });
  return {
    tid: stopped.tid,
    status: stop.status,
    siginfo,
    take: () => {
      stop.reported = true;
    },
  };
}

function deathOf(session: RecordSession, tracer: GuestTask, dead: DeadTracee): Told {
  const siginfo = makeSiginfo(Signal.SIGCHLD, { ...endOf(dead.status), pid: dead.tid, user: userOf(tracer.tid) });
  return {
    tid: dead.tid,
    status: dead.status,
    siginfo,
    take: () => {
      session.untoldDeaths.delete(dead);
    },
  };
}

function give(session: RecordSession, task: GuestTask, at: number, bytes: Uint8Array): void {
  const written = task.tracee.copyOut(at, bytes);
  if (written > 0) task.call!.effects.push(session.memoryEffect(task.space.id, at, bytes.subarray(0, written)));
}

/** Nothing to tell to one that does not wait: waitid clears what it would have filled. */
function finishEmpty(session: RecordSession, task: GuestTask, wanted: Wanted, after: Registers): void {
  if (wanted.infoAt) give(session, task, wanted.infoAt, new Uint8Array(INFO_SIZE));
  finishAnswered(session, task, { result: 0, after });
}

/** The kernel answered the wait: what it wrote is captured here, since the row saw other options. */
function finishReal(session: RecordSession, task: GuestTask, { statusAt, infoAt, usageAt }: Wanted, after: Registers): void {
  const result = after.signed(Reg.rax);
  const isFound = task.call!.number === SYS_WAIT4 ? result > 0 : result === 0;
  for (const [at, size, isWritten] of [
    [statusAt, 4, isFound],
    // Cleared where nothing was found.
    [infoAt, INFO_SIZE, true],
    [usageAt, RUSAGE_SIZE, isFound],
  ] as const) {
    if (at === 0 || !isWritten) continue;
    const bytes = task.tracee.read(at, size);
    if (bytes.length > 0) task.call!.effects.push(session.memoryEffect(task.space.id, at, bytes));
  }
  finishAnswered(session, task, { result, after });
}

/** Signals into events: where each one lands, and what it does to the task. */
import { addon, hideStep, Request, Signal, SignalCode, StopEvent, TaskGone, type Stop } from '../tracee/index.js';
import { Reg, Registers } from '../base/registers.js';
import { Trouble } from '../base/errors.js';
import type { Mutable } from '../base/mutable.js';
import type { Effect, ExactPoint, NewEvent, SignalDisposition } from '../trace/events.js';
import { isForcedOnBlocked } from './forced-signals.js';
import { isOurs, isStandIn } from './own-signals.js';
import { putOff } from './pacing.js';
import { takePoint } from './points.js';
import { inMask, signalMasks, SYNCHRONOUS } from './process-status.js';
import type { RecordSession } from './session.js';
import { makeSiginfo, SI_KERNEL } from './siginfo.js';
import type { GuestTask } from './task.js';
import { answerInstruction } from './instructions.js';
import { hold, userOf } from './tracer-stops.js';

/** A seccomp filter forces it on a task whose call it refuses. */
const SIGSYS = 31;

const IGNORED_BY_DEFAULT: ReadonlySet<number> = new Set([
  Signal.SIGCHLD,
  Signal.SIGURG,
  Signal.SIGWINCH,
  Signal.SIGCONT,
]);
const STOPPING: ReadonlySet<number> = new Set([Signal.SIGSTOP, Signal.SIGTSTP, Signal.SIGTTIN, Signal.SIGTTOU]);

/** si_code of siginfo.h: raised by tgkill. */
const SI_TKILL = -6;

const RED_ZONE = 128;

/** Where and how a signal reached the task. */
interface Arrival {
  readonly number: number;
  readonly siginfo: Uint8Array;
  readonly synchronous: boolean;
  /** Absent when the task did not move: its guest tracer resumed it with the signal. */
  readonly registers?: Registers;
  readonly point?: ExactPoint;
}

/** A signal-delivery stop. */
export function onSignalStop(session: RecordSession, task: GuestTask, stop: Stop): void {
  const number = stop.signal;
  let siginfo: Uint8Array = stop.siginfo.slice();
  if (isForcedOnBlocked(task, stop) && stop.code <= 0 && answerInstruction(session, task, stop)) {
    // One that waited, blocked, told its own siginfo with the trap, and is no more: it waits again.
    session.resend(task, [siginfo]);
    return;
  }
  const stashed = task.stash.get(number);
  if (stashed && (stop.code === SI_TKILL || stop.code === SI_KERNEL)) {
    task.stash.delete(number);
    siginfo = stashed.slice();
  } else if (number === Signal.SIGCHLD && isStandIn(siginfo)) {
    siginfo = session.childNotes.get(task.group) ?? siginfo;
    session.childNotes.delete(task.group);
  } else if (SYNCHRONOUS.has(number) && stop.code > 0) {
    onFault(session, task, stop);
    return;
  } else if (isOurs(stop.siginfo)) {
    // One that was sent again became one with another of its number, which the task has had already.
    session.enqueue(task);
    return;
  }
  if (putOff(session, task, number, siginfo)) {
    session.enqueue(task);
    return;
  }
  const registers = stop.registers.clone();
  if (hasNotMoved(task, registers, number)) {
    arrive(session, task, { number, siginfo, synchronous: false, registers, point: IMMEDIATE });
    return;
  }
  task.stash.set(number, siginfo);
  const outcome = takePoint(session, task);
  if (outcome.type === 'stop') {
    addon.killTask(task.group, task.tid, number);
    session.onStop(task, outcome.stop);
    return;
  }
  task.stash.delete(number);
  arrive(session, task, {
    number,
    siginfo,
    synchronous: false,
    registers: outcome.registers,
    point: outcome.point,
  });
}

/**
 * Whether a task that a signal stopped has run no instruction since its last event. The same registers
 * alone do not tell, since a loop may come round to them. Where the last stop was in a system call,
 * orig_rax still has that call's number if the kernel has not been left meanwhile: an interrupt puts -1
 * there (arch/x86/entry/entry_64.S). Elsewhere the signal must have been pending before.
 */
function hasNotMoved(task: GuestTask, registers: Registers, signal: number): boolean {
  if (!addon.sameRegisters(registers.bytes, task.last.bytes)) return false;
  const call = task.last.int32(Reg.orig_rax);
  return call >= 0 ? registers.int32(Reg.orig_rax) === call : task.pendingAtResume.has(signal);
}

/**
 * Whether a task that was interrupted is still where its last event left it: it had not got the
 * processor yet, or a signal that waits for it would have stopped it first.
 */
export function hasNotStarted(task: GuestTask, registers: Registers): boolean {
  if (!addon.sameRegisters(registers.bytes, task.last.bytes)) return false;
  const call = task.last.int32(Reg.orig_rax);
  if (call >= 0) return registers.int32(Reg.orig_rax) === call;
  if (task.pendingAtResume.size === 0) return false;
  const { blocked } = signalMasks(task.tid);
  return [...task.pendingAtResume].some((signal) => !inMask(blocked, signal));
}

const IMMEDIATE: ExactPoint = { pages: [], digest: new Uint8Array(16), words: [], immediate: true };

/** An instruction raised the signal: the place needs no search. */
function onFault(session: RecordSession, task: GuestTask, stop: Stop): void {
  if (answerInstruction(session, task, stop)) return;
  task.debugRegisters?.noteTrap(stop);
  const registers = stop.registers.clone();
  if (isForcedSegfault(stop) && hasNotMoved(task, registers, stop.signal)) {
    arriveInKernel(session, task, stop);
    return;
  }
  if (stop.signal === Signal.SIGTRAP && stop.code === SignalCode.TRAP_TRACE && task.tracing?.steps) {
    onStep(session, task, stop);
    return;
  }
  arrive(session, task, { number: stop.signal, siginfo: stop.siginfo.slice(), synchronous: true, registers });
}

/**
 * A SIGSEGV that no instruction need have raised: an execve failed behind the point of no return, or a frame could not be read
 * or built (force_sigsegv in kernel/signal.c). What an instruction raises by other means than memory says the same.
 */
const isForcedSegfault = ({ kind, signal, code }: Stop): boolean => kind === 'signal' && signal === Signal.SIGSEGV && code === SignalCode.SI_KERNEL;

/** The task is where its last event left it. */
function arriveInKernel(session: RecordSession, task: GuestTask, stop: Stop): void {
  const { signal: number, registers, siginfo } = stop;
  arrive(session, task, { number, siginfo: siginfo.slice(), synchronous: false, registers: registers.clone(), point: IMMEDIATE });
}

/** A guest tracer's single step is done. */
function onStep(session: RecordSession, task: GuestTask, stop: Stop): void {
  const registers = stop.registers.clone();
  session.append({ task: task.id, kind: 'step', time: session.now(), registers, inputs: [], effects: [] });
  task.last.copyFrom(registers);
  task.tracing!.stopWithSignal(Signal.SIGTRAP, stop.siginfo.slice());
  hold(session, task);
}

/** A guest tracer's single step went through a system call (send_sigtrap in arch/x86/kernel/ptrace.c). */
export function stopBehindStep(session: RecordSession, task: GuestTask): void {
  task.tracing!.stopWithSignal(Signal.SIGTRAP, makeSiginfo(Signal.SIGTRAP, { code: SignalCode.TRAP_BRKPT, address: task.last.long(Reg.rip) }));
  hold(session, task);
}

/** It ended before the first instruction of a handler (signal_setup_done in kernel/signal.c). */
function stopInHandler(session: RecordSession, task: GuestTask): void {
  const siginfo = makeSiginfo(Signal.SIGTRAP, { code: Signal.SIGTRAP, pid: task.tid, user: userOf(task.tid) });
  task.tracing!.stopWithSignal(Signal.SIGTRAP, siginfo);
  hold(session, task);
}

/** The signal is where it will be delivered: to the guest tracer, or for good. */
function arrive(session: RecordSession, task: GuestTask, arrival: Arrival): void {
  if (!task.tracing) {
    deliver(session, task, arrival);
    return;
  }
  const { number, siginfo } = arrival;
  session.append(signalEvent(session, task, arrival, { disposition: 'tracer', effects: [] }));
  task.last.copyFrom(arrival.registers!);
  task.tracing.stopWithSignal(number, siginfo);
  hold(session, task);
}

/** The task's guest tracer resumed it with a signal. */
export function deliverChosen(session: RecordSession, task: GuestTask): void {
  const { number, siginfo } = task.deliver!;
  task.deliver = undefined;
  deliver(session, task, { number, siginfo, synchronous: true });
}

function deliver(session: RecordSession, task: GuestTask, arrival: Arrival): void {
  const { number } = arrival;
  if (task.dispositions.catches(number)) {
    runHandler(session, task, arrival);
    return;
  }
  const disposition = defaultDisposition(number, task.dispositions.ignores(number) && !isForced(arrival));
  session.append(signalEvent(session, task, arrival, { disposition, effects: [] }));
  if (arrival.registers) task.last.copyFrom(arrival.registers);
  if (disposition === 'ignored') {
    session.enqueue(task);
    return;
  }
  const stop = resumeWith(task, arrival, () => {
    task.resume(Request.syscall, number);
    return session.waitFor(task)!;
  });
  task.state = 'in-call';
  session.onStop(task, stop);
}

/**
 * Lets a task go on with a signal. One that is in no signal's stop any more, since portrace made a call in it to
 * take a breakpoint away, is sent the signal first, and stops for it where it was (ptrace_report_syscall in
 * linux/ptrace.h): it goes on from there.
 */
function resumeWith(task: GuestTask, { number, siginfo }: Arrival, resume: () => Stop): Stop {
  const isSentFirst = task.leftItsStop;
  task.tracee.setSiginfo(siginfo);
  const stop = resume();
  if (!isSentFirst || stop.kind !== 'signal' || stop.signal !== number) return stop;
  task.tracee.setSiginfo(siginfo);
  return resume();
}

/** A fault that is ignored or blocked is fatal: the kernel resets its disposition (force_sig_fault). */
function isForced({ number, siginfo }: Arrival): boolean {
  return (SYNCHRONOUS.has(number) || number === SIGSYS) && new DataView(siginfo.buffer, siginfo.byteOffset).getInt32(8, true) > 0;
}

function defaultDisposition(number: number, ignored: boolean): SignalDisposition {
  if (ignored || IGNORED_BY_DEFAULT.has(number)) return 'ignored';
  return STOPPING.has(number) ? 'stopped' : 'fatal';
}

/** The signal that a task's end stop is due to; undefined for other stops. */
function diesOf(task: GuestTask, stop: Stop): number | undefined {
  if (stop.kind === 'exited') return stop.status & 0x7f;
  return stop.kind === 'event' && stop.event === StopEvent.exit ? task.tracee.eventMessage() & 0x7f : undefined;
}

/** Lets the kernel build the handler's frame, and stops before the handler's first instruction. */
function runHandler(session: RecordSession, task: GuestTask, arrival: Arrival): void {
  const before = task.tracee.registers(new Registers());
  const stop = resumeWith(task, arrival, () => {
    task.resumeAndWait(Request.singleStep, session.lastStop, arrival.number);
    return session.lastStop;
  });
  if (stop.kind !== 'signal' || stop.signal !== Signal.SIGTRAP) {
    // No frame could be built (SIGSEGV instead), the task was killed, or the signal was a fault that it
    // blocks.
    const disposition = diesOf(task, stop) === arrival.number ? 'fatal' : 'ignored';
    session.append(signalEvent(session, task, arrival, { disposition, effects: [] }));
    if (arrival.registers) task.last.copyFrom(arrival.registers);
    if (isForcedSegfault(stop)) arriveInKernel(session, task, stop);
    else session.onStop(task, stop);
    return;
  }
  const after = stop.registers.clone();
  task.dispositions.delivered(arrival.number);
  task.pacing.handlerBegins(arrival.number, arrival.siginfo);
  hideStep(task.tracee, after.number(Reg.rsp), before);
  const frame = frameBytes(task, before, after);
  task.restarts = false;
  session.append(
    signalEvent(session, task, arrival, {
      disposition: 'handler',
      effects: [
        session.memoryEffect(task.space.id, after.number(Reg.rsp), frame),
        session.registersEffect(task, after),
        { type: 'xstate', task: task.id, bytes: task.tracee.xstate() },
      ],
    }),
  );
  task.last.copyFrom(after);
  if (task.tracing?.steps) stopInHandler(session, task);
  else session.enqueue(task);
}

/** Most that a frame takes: registers, siginfo, extended state (AMX included), alignment. */
const LARGEST_FRAME = 16384;

/** The frame: from the handler's stack pointer up to the interrupted stack, or to the state's end. */
function frameBytes(task: GuestTask, before: Registers, after: Registers): Uint8Array {
  const bottom = after.number(Reg.rsp);
  const interrupted = before.number(Reg.rsp) - RED_ZONE;
  const size = interrupted > bottom && interrupted - bottom < LARGEST_FRAME ? interrupted - bottom : frameEnd(task, bottom);
  const bytes = task.tracee.read(bottom, size);
  if (bytes.length === 0) throw new TaskGone(task.tid);
  return bytes;
}

/** rt_sigframe: return address, ucontext, siginfo; then the extended state that fpstate points to. */
const FPSTATE_POINTER = 8 + 40 + 23 * 8;
const EXTENDED_SIZE_FIELD = 464 + 4;
const FRAME_SIZE = 8 + 304 + 128;
const FXSAVE_SIZE = 512;

/** On another stack: the end of the extended state, whose header tells its size (asm/sigcontext.h). */
function frameEnd(task: GuestTask, bottom: number): number {
  const frame = task.tracee.read(bottom, FRAME_SIZE);
  if (frame.length < FRAME_SIZE) throw new Trouble('unsupported', 'a signal frame that is not in memory');
  const state = Number(new DataView(frame.buffer, frame.byteOffset).getBigUint64(FPSTATE_POINTER, true));
  if (state < bottom || state - bottom > LARGEST_FRAME) return FRAME_SIZE;
  const header = task.tracee.read(state, FXSAVE_SIZE);
  const extended = new DataView(header.buffer, header.byteOffset).getUint32(EXTENDED_SIZE_FIELD, true);
  return state - bottom + (extended > FXSAVE_SIZE && extended < LARGEST_FRAME ? extended : FXSAVE_SIZE);
}

function signalEvent(
  session: RecordSession,
  task: GuestTask,
  arrival: Arrival,
  { disposition, effects }: { disposition: SignalDisposition; effects: Effect[] },
): NewEvent {
  const { number, siginfo, synchronous, registers, point } = arrival;
  const signal = { number, disposition, siginfo, synchronous };
  const kind = registers ? 'signal' : 'resume';
  const event: Mutable<NewEvent> = { task: task.id, kind, time: session.now(), signal, inputs: [], effects };
  if (registers) event.registers = registers;
  if (point) event.point = point;
  return event;
}


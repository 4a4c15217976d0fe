/**
 * System calls into events. A regular call is run and what its row says is captured; an irregular
 * one has a file of its own in calls/.
 */
import { Request, StopEvent, TaskGone, type Stop } from '../tracee/index.js';
import { beforeCall, callArguments, Reg, Registers } from '../base/registers.js';
import type { Mutable } from '../base/mutable.js';
import type { EventIndex } from '../base/brands.js';
import type { Effect, ExactPoint, MemoryInput, NewEvent, NewSyscallFacts } from '../trace/events.js';
import { captureInputs, isDescribed, outputRanges, rowOf } from '../syscalls/index.js';
import type { RecordSession } from './session.js';
import { Call, type GuestTask } from './task.js';
import { IRREGULAR } from './calls/irregular.js';
import { changesBetween, snapshotArguments } from './undescribed.js';
import { comeBack, divert, makeScratch } from './diversion.js';
import { earlyWrites } from './calls/early-writes.js';
import { programEffects } from './calls/execve.js';
import { outputStream } from './output.js';
import { memoryFileEffects, opensMemory } from './calls/process-memory.js';
import { sharedFileEffects } from './calls/shared-files.js';
import { trapInstructions } from './instructions.js';
import { stopBehindStep } from './signals.js';
import { hold } from './tracer-stops.js';

/** ERESTARTSYS … ERESTART_RESTARTBLOCK: results that only the kernel sees (include/linux/errno.h). */
const RESTART_FIRST = 512;
const RESTART_LAST = 516;
const ERESTART_RESTARTBLOCK = 516;
const ENOSYS = 38;
const SYS_RESTART_SYSCALL = 219;

export const isRestart = (result: number): boolean => -result >= RESTART_FIRST && -result <= RESTART_LAST;

/** A task stopped at the entry of a system call. */
export function enterCall(session: RecordSession, task: GuestTask, stop: Stop): void {
  const entry = stop.registers.clone();
  if (task.restarts) noteRestart(session, task, entry);
  task.space.sawSyscallAt(task.tracee, entry.number(Reg.rip));
  const call = begin(task, entry, true);
  if (task.tracing && stopsForTracer(task)) {
    interceptCall(session, task, call);
    return;
  }
  task.call = call;
  if (task.foresight && !foresee(session, task, call)) return;
  beginCall(session, task, call);
}

/** What the registers at its entry say of a call, and what has to be kept of memory where no row does. */
function begin(task: GuestTask, entry: Registers, withInputs: boolean): Call {
  const number = entry.int32(Reg.orig_rax);
  const row = rowOf(number);
  const before = row && isDescribed(row, entry) ? undefined : snapshotArguments(task, entry);
  return new Call(number, row, entry, row && withInputs ? captureInputs(row, entry, task.tracee) : [], before);
}

/** Teaches the task's foresight. False where the task died on the way to a call that must run after all. */
function foresee(session: RecordSession, task: GuestTask, call: Call): boolean {
  task.insideVoidCall = task.cameVoid;
  const answered = IRREGULAR.get(call.number)?.isAnswered?.(session, task, call) ?? false;
  task.foresight!.saw(call, answered);
  return answered || !task.insideVoidCall || enterAgain(session, task, call);
}

/** A call that must run was made void: brings the task to its entry once more. */
function enterAgain(session: RecordSession, task: GuestTask, call: Call): boolean {
  task.tracee.setRegisters(beforeCall(call.entry));
  task.insideVoidCall = false;
  const held: Uint8Array[] = [];
  // The first stop is the void call's return.
  for (let stops = 0; stops < 2; ) {
    const stop = session.runThroughCall(task);
    if (stop.kind === 'syscall') stops++;
    else if (stop.kind === 'signal') held.push(stop.siginfo.slice());
    else if (stop.kind !== 'event' || stop.event !== StopEvent.stop) {
      session.onStop(task, stop);
      return false;
    }
  }
  session.resend(task, held);
  return true;
}

/** Lets a call go on behind its entry (or behind the stop that a guest tracer had there). */
export function beginCall(session: RecordSession, task: GuestTask, call: Call): void {
  const irregular = IRREGULAR.get(call.number);
  if (irregular?.enter) irregular.enter(session, task, call);
  else runCall(session, task, call);
}

function stopsForTracer(task: GuestTask): boolean {
  const tracing = task.tracing!;
  return tracing.emulates || tracing.mode === 'syscall';
}

/** A guest tracer stops the call: it is an event of its own, and the task waits. */
function interceptCall(session: RecordSession, task: GuestTask, call: Call): void {
  const tracing = task.tracing!;
  const event = noteIntercepted(session, task, call);
  tracing.stopAtCall('entry');
  if (tracing.emulates) {
    task.insideVoidCall = true;
    hold(session, task);
  } else {
    task.call = call;
    call.entered = event;
    hold(session, task, () => continueCall(session, task));
  }
}

function noteIntercepted(session: RecordSession, task: GuestTask, call: Call): EventIndex {
  task.last.copyFrom(call.entry);
  return session.append({
    task: task.id,
    kind: 'intercept',
    time: session.now(),
    registers: call.entry,
    syscall: callFacts(call),
    inputs: call.inputs,
    effects: [],
  });
}

/**
 * A filter of the guest left a call that is about to run to a tracer (SECCOMP_RET_TRACE). One that asked
 * for it stops the task, and the call begins anew behind that stop; without one the kernel has no such call.
 */
export function filterCall(session: RecordSession, task: GuestTask): void {
  const { tracing } = task;
  const call = task.call!;
  const registers = call.entry.clone();
  if (!tracing?.wants('seccomp')) {
    registers.setNumber(Reg.orig_rax, -1);
    registers.setNumber(Reg.rax, NOT_IMPLEMENTED);
    task.tracee.setRegisters(registers);
    session.onStop(task, session.runThroughCall(task));
    return;
  }
  // portrace may have begun it with other arguments.
  task.tracee.setRegisters(registers);
  const message = task.tracee.eventMessage();
  call.entered ??= noteIntercepted(session, task, call);
  tracing.stopWithEvent(StopEvent.seccomp, message);
  hold(session, task, () => continueCall(session, task));
}

/**
 * Calls that return without waiting for anybody (asm/unistd_64.h): mprotect, munmap, brk, sigaction,
 * sigprocmask, sigreturn, mremap, madvise, getpid, kill, getppid, sigaltstack, arch_prctl, timers,
 * clock_gettime, epoll_ctl, tgkill and their like.
 */
const NEVER_SLEEPS: ReadonlySet<number> = new Set([
  9, 10, 11, 12, 13, 14, 15, 25, 28, 36, 38, 39, 62, 63, 96, 102, 104, 107, 108, 110, 111, 131, 157, 158, 186, 200, 201,
  222, 223, 224, 225, 226, 228, 229, 233, 234, 302, 318,
]);

/** Runs the call in the host, up to its return or until it sleeps and somebody else can run. */
export function runCall(session: RecordSession, task: GuestTask, call: Call): void {
  if (NEVER_SLEEPS.has(call.number) && !task.isSupervised) {
    session.onStop(task, session.runThroughCall(task));
    return;
  }
  divert(task, call);
  task.resume(Request.syscall);
  if (session.tasks.size === 1) {
    session.onStop(task, session.waitFor(task)!);
    return;
  }
  if (session.waitOrSleep(task)) {
    session.onStop(task, session.lastStop);
    return;
  }
  call.effects.push(...earlyWrites(session, task, call));
  noteProgress(session, task, call);
  task.state = 'in-call';
  if (task.tracing?.interrupted) session.interruptCall(task);
}

/** Records that a call began, once something else may happen before it ends. */
export function noteEntered(session: RecordSession, task: GuestTask, call: Call): void {
  if (call.entered !== undefined) return;
  call.entered = session.append({
    task: task.id,
    kind: 'enter',
    time: session.now(),
    registers: call.entry,
    syscall: callFacts(call),
    inputs: call.inputs,
    effects: call.effects.splice(0),
  });
  task.last.copyFrom(call.entry);
}

/**
 * Records what a call did so far, once others may see it. Where the call's beginning is an event already,
 * for a guest tracer's sake, another one takes the effects.
 */
export function noteProgress(session: RecordSession, task: GuestTask, call: Call): void {
  if (call.entered === undefined) {
    noteEntered(session, task, call);
  } else if (call.effects.length > 0) {
    appendResume(session, task, call.effects.splice(0));
  }
}

/** What the kernel did to a task that came to no other place by it. */
function appendResume(session: RecordSession, task: GuestTask, effects: readonly Effect[]): void {
  const signal = { number: 0, disposition: 'ignored', synchronous: true } as const;
  session.append({ task: task.id, kind: 'resume', time: session.now(), signal, inputs: [], effects });
}

/**
 * A guest tracer lets a task go on from the entry stop of a call, which it may have changed: what
 * runs now is what the registers say now.
 */
function continueCall(session: RecordSession, task: GuestTask): void {
  const entry = task.tracee.registers(new Registers());
  const call = begin(task, entry, false);
  call.entered = task.call!.entered;
  task.call = call;
  if (call.number < 0) runCall(session, task, call);
  else beginCall(session, task, call);
}

/** A task stopped at the return of its call. */
export function leaveCall(session: RecordSession, task: GuestTask, stop: Stop): void {
  const call = task.call!;
  const irregular = IRREGULAR.get(call.number);
  const result = stop.registers.signed(Reg.rax);
  const after = stop.registers.clone();
  if (irregular?.leave) {
    irregular.leave({ session, task, call, result, after });
  } else {
    finishCall(session, task, { result, after });
  }
}

export interface CallReturn {
  readonly result: number;
  readonly after: Registers;
}

/** All 64 bits of a result, of which a number keeps 53: lseek may return the largest offset. */
const exactResult = (result: number, after: Registers): bigint =>
  after.signed(Reg.rax) === result ? BigInt.asIntN(64, after.long(Reg.rax)) : BigInt(Math.trunc(result));

/** Records the return of a call with all that it changed, and lets the task go on. */
export function finishCall(session: RecordSession, task: GuestTask, returned: CallReturn): void {
  recordReturn(session, task, returned);
  leaveKernel(session, task);
}

/** What a task does behind a call that returned: it stops for a guest tracer, or takes its turn. */
export function leaveKernel(session: RecordSession, task: GuestTask): void {
  const { tracing } = task;
  if (tracing?.mode === 'syscall') {
    tracing.stopAtCall('exit');
    hold(session, task);
  } else if (tracing?.mode === 'step') {
    stopBehindStep(session, task);
  } else {
    session.enqueue(task);
  }
}

/** execve, execveat: one that fails may have taken the memory with it, and the task dies then. */
const EXECS: ReadonlySet<number> = new Set([59, 322]);

/** Records the return of a call. */
export function recordReturn(session: RecordSession, task: GuestTask, returned: CallReturn): void {
  const call = task.call!;
  const { after } = returned;
  const result = call.diversion ? comeBack(task, call, returned.result, after) : returned.result;
  const effects: Effect[] = call.effects;
  if (!call.executed) {
    effects.push(...memoryEffects(task, call, result));
    sharedFileEffects(session, task, call, result, effects);
    session.opensMemory ||= opensMemory(call, result);
    if (session.opensMemory) effects.push(...memoryFileEffects(session, task, call, result));
    // A return changes rax; orig_rax only matters to restarts. Anything else is worth a note.
    if (!after.sameBut(call.entry, Reg.rax, Reg.orig_rax)) effects.push(session.registersEffect(task, after));
  }
  const stream = result > 0 ? outputStream(task, call) : undefined;
  const facts = callFacts(call);
  facts.result = exactResult(result, after);
  if (stream) facts.stream = stream;
  task.call = undefined;
  task.state = 'ready';
  task.restarts = isRestart(result);
  // Before the memory is looked at, which may need calls of portrace's own in the task.
  task.last.copyFrom(after);
  trapInstructions(session, task);
  makeScratch(session, task);
  const point = task.restarts || call.executed || EXECS.has(call.number) ? undefined : session.memoryCheck(task, after);
  session.append(returnEvent(session, task, call, { facts, effects, point }));
}

interface Return {
  readonly facts: Mutable<NewSyscallFacts>;
  readonly effects: readonly Effect[];
  readonly point: ExactPoint | undefined;
}

/** A call that had an enter event ends in one of its own; else one event tells of entry and return. */
function returnEvent(session: RecordSession, task: GuestTask, call: Call, { facts, effects, point }: Return): NewEvent {
  const { id } = task;
  const time = session.now();
  let event: Mutable<NewEvent>;
  if (call.entered === undefined) {
    event = { task: id, kind: 'syscall', time, registers: call.entry, syscall: facts, inputs: call.inputs, effects };
  } else {
    facts.entered = call.entered;
    facts.arguments = callArguments(call.entry);
    event = { task: id, kind: 'leave', time, syscall: facts, inputs: [], effects };
  }
  if (point) event.point = point;
  return event;
}

function memoryEffects(task: GuestTask, call: Call, result: number): Effect[] {
  const space = task.space.id;
  if (call.before) return changesBetween(task, call.before);
  const row = call.row!;
  const effects: Effect[] = [];
  for (const range of outputRanges(row, call.entry, result, task.tracee, call.inputs)) {
    if (range.length <= 0) continue;
    const bytes = task.tracee.read(range.address, range.length);
    if (bytes.length > 0) effects.push({ type: 'memory', space, address: range.address as never, bytes });
  }
  return effects;
}

/** More than that is not looked at behind a pointer of a call that never returned. */
const LARGEST_ABANDONED = 1 << 20;
/** MAX_RW_COUNT of the kernel: as if the call had done all that it was asked for. */
const ALL = 0x7ffff000;

/** A task was killed in a call of which nothing is told yet: it ran its own instructions up to there, and may have made a child. */
export function noteAbandoned(session: RecordSession, task: GuestTask): void {
  const { call } = task;
  if (call && !call.executed) noteEntered(session, task, call);
}

/**
 * A task was killed in a call, or when the call had returned and its turn had not come. What it may
 * have written is taken as it is now, by way of a task that shares the memory.
 */
export function abandonedCallEffects(task: GuestTask, survivor: GuestTask): Effect[] {
  const { call } = task;
  if (!call?.row || call.executed || call.diversion || IRREGULAR.has(call.number)) return [];
  return outputRanges(call.row, call.entry, ALL, survivor.tracee, call.inputs).flatMap(({ address, length }) => {
    const bytes = survivor.tracee.read(address, Math.min(length, LARGEST_ABANDONED));
    return bytes.length > 0 ? [{ type: 'memory', space: task.space.id, address: address as never, bytes }] : [];
  });
}

/** What an event says of a call whose entry registers are its own. */
function callFacts(call: Call): Mutable<NewSyscallFacts> {
  const facts: Mutable<NewSyscallFacts> = { number: call.number };
  if (call.before) facts.undescribed = true;
  else if (call.row) facts.argumentCount = call.row.arguments.length;
  if (call.emulated) facts.emulated = true;
  return facts;
}

/**
 * Answers a call without the host: it is made void, and returns with the result. Memory that the
 * answer writes is among the call's effects and already written.
 */
export function answerCall(session: RecordSession, task: GuestTask, result: number): void {
  const call = task.call!;
  call.emulated = true;
  const after = voidCall(session, task, result);
  if (after) finishAnswered(session, task, { result, after });
}

/** Records an answered call: its effects are complete, its row is not asked. */
export function finishAnswered(session: RecordSession, task: GuestTask, returned: CallReturn): void {
  task.call!.executed = true;
  finishCall(session, task, returned);
}

/**
 * Makes the call that a task is entering void and brings the task to its return, with a result.
 * Undefined when the task died instead.
 */
export function voidCall(session: RecordSession, task: GuestTask, result: number): Registers | undefined {
  const registers = task.call!.entry.clone();
  registers.setNumber(Reg.rax, result);
  if (task.insideVoidCall) {
    task.tracee.setRegisters(registers);
    return registers;
  }
  registers.setNumber(Reg.orig_rax, -1);
  task.tracee.setRegisters(registers);
  const stop = task.withoutFilter(() => session.runThroughCall(task));
  if (stop.kind !== 'syscall') {
    session.onStop(task, stop);
    return undefined;
  }
  const after = stop.registers.clone();
  // A filter that refuses what it does not know (seccomp(2)) refused the void call with a result of its own.
  if (after.signed(Reg.rax) !== result) {
    after.setNumber(Reg.rax, result);
    task.tracee.setRegisters(after);
  }
  return after;
}

/**
 * A call that a signal interrupted: it returned with ERESTART*, and the kernel now either lets a
 * handler see EINTR or restarts it. `task.call` of an emulated wait ends here the same way.
 */
export function leaveAfterRestart(session: RecordSession, task: GuestTask): void {
  if (!task.call) return;
  task.call.executed = true;
  const after = task.tracee.registers(new Registers());
  recordReturn(session, task, { result: after.signed(Reg.rax), after });
}

/** The kernel restarted a call without telling: the registers before its second entry. */
function noteRestart(session: RecordSession, task: GuestTask, entry: Registers): void {
  task.restarts = false;
  const before = restarted(task.last);
  if (before.number(Reg.rip) + 2 !== entry.number(Reg.rip)) return;
  appendResume(session, task, [session.registersEffect(task, before)]);
  task.last.copyFrom(before);
}

/** The registers with which the kernel restarts a call (arch/x86/kernel/signal.c). */
export function restarted(after: Registers): Registers {
  const before = after.clone();
  const block = -after.signed(Reg.rax) === ERESTART_RESTARTBLOCK;
  if (block) before.setNumber(Reg.rax, SYS_RESTART_SYSCALL);
  else before.setLong(Reg.rax, after.long(Reg.orig_rax));
  before.setNumber(Reg.rip, after.number(Reg.rip) - 2);
  return before;
}

/** The exec event of the guest's first program. */
export function startProgram(session: RecordSession, task: GuestTask, stop: Stop): void {
  if (stop.kind !== 'event' || stop.event !== StopEvent.exec) throw new TaskGone(task.tid);
  task.resumeAndWait(Request.syscall, stop);
  const after = stop.registers.clone();
  const inputs: MemoryInput[] = [];
  const effects = programEffects(session, task, { birth: true });
  session.append({
    task: task.id,
    kind: 'syscall',
    time: session.now(),
    syscall: { number: 59, arguments: [0n, 0n, 0n, 0n, 0n, 0n], result: 0n },
    inputs,
    effects: [...effects, session.registersEffect(task, after)],
  });
  task.last.copyFrom(after);
  trapInstructions(session, task);
}

export const NOT_IMPLEMENTED = -ENOSYS;

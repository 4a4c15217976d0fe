/**
 * ptrace of a guest tracer: the request acts on the tracee through portrace, which is the only real
 * tracer. One entry a request; each answers as the raw system call does.
 */
import {
  addon,
  ArchRequest,
  FPREGS_SIZE,
  registerSetArea,
  RegisterSet,
  REGISTER_SET_AREA_SIZE,
  Request,
  SIGINFO_SIZE,
  Stop,
  StopEvent,
  TaskGone,
  wordBytes,
} from '../../tracee/index.js';
import { callArguments, Reg, Registers, REGISTER_FILE_SIZE } from '../../base/registers.js';
import { Trouble } from '../../base/errors.js';
import { answerCall } from '../calls.js';
import type { GuestTracing, ResumeMode } from '../guest-tracing.js';
import { DebugRegisters, isDebugRegister } from '../debug-registers.js';
import { RECORDER_OPTIONS } from '../options.js';
import { inGroupStop, userOf } from '../tracer-stops.js';
import { attach, interrupt, traceMe, unsupportedOptions } from './ptrace-attach.js';
import type { RecordSession } from '../session.js';
import { makeSiginfo, SI_KERNEL } from '../siginfo.js';
import type { Call, GuestTask } from '../task.js';
import type { IrregularCall } from './irregular.js';

const EIO = 5;
const ESRCH = 3;
const EFAULT = 14;
const EINVAL = 22;
const SIGKILL = 9;
const LAST_SIGNAL = 64;
/** A request in flight. */
interface Asked {
  readonly session: RecordSession;
  readonly tracer: GuestTask;
  readonly target: GuestTask;
  readonly tracing: GuestTracing;
  readonly call: Call;
  readonly request: number;
  readonly address: number;
  readonly data: number;
}

type Answer = (asked: Asked) => number;

export const ptraceCall: IrregularCall = {
  isAnswered: () => true,
  enter: (session, task, call) => {
    const result = answer(session, task, call);
    answerCall(session, task, result);
  },
};

function answer(session: RecordSession, task: GuestTask, call: Call): number {
  const request = call.entry.number(Reg.rdi);
  if (request === Request.traceMe) return traceMe(session, task);
  const pid = call.entry.int32(Reg.rsi);
  if (request === Request.attach || request === Request.seize) return attach(session, task, call);
  const target = session.taskByPid(pid);
  if (!target || target.tracing?.tracer.group !== task.group) return answerForDead(session, { task, pid, request });
  if (request === Request.kill) {
    addon.killTask(target.group, target.tid, SIGKILL);
    return 0;
  }
  if (request === Request.interrupt) return interrupt(session, target);
  if (target.state !== 'held' || target.pendingStop) return -ESRCH;
  const handler = ANSWERS.get(request);
  if (!REAL_REQUESTS.has(request) && !stillStopped(session, target)) return -ESRCH;
  if (!handler) {
    if (!OTHER_REQUESTS.has(request)) return -EIO;
    throw new Trouble('unsupported', `a guest tracer made ptrace request 0x${request.toString(16)}, which is not emulated`);
  }
  try {
    const result = handler({
      session,
      tracer: task,
      target,
      tracing: target.tracing,
      call,
      request,
      address: call.entry.number(Reg.rdx),
      data: call.entry.number(Reg.r10),
    });
    if (result === -ESRCH) stillStopped(session, target);
    return result;
  } catch (error) {
    if (!(error instanceof TaskGone) || error.tid !== target.tid) throw error;
    stillStopped(session, target);
    return -ESRCH;
  }
}

/** PTRACE_KILL of a zombie succeeds; everything else finds no such tracee (kernel/ptrace.c). */
function answerForDead(
  session: RecordSession,
  { task, pid, request }: { task: GuestTask; pid: number; request: number },
): number {
  const dead = session.deadTracees.get(pid);
  if (request !== Request.kill || dead?.tracer.group !== task.group) return -ESRCH;
  return addon.killTask(pid, pid, 0) === 0 ? 0 : -ESRCH;
}

const LOOK = new Stop();

/** SIGKILL takes a task out of its stop; what comes then, its exit, is noted. */
function stillStopped(session: RecordSession, target: GuestTask): boolean {
  if (addon.isStopped(target.tid, LOOK.block) === 1) return true;
  if (LOOK.tid !== 0) {
    target.pendingStop = LOOK.clone();
    session.enqueue(target);
  }
  return false;
}

/** Gives bytes to the tracer, as an effect of its call. */
function give({ session, tracer, call }: Asked, at: number, bytes: Uint8Array): number {
  const written = tracer.tracee.copyOut(at, bytes);
  if (written > 0) call.effects.push(session.memoryEffect(tracer.space.id, at, bytes.subarray(0, written)));
  return written < bytes.length ? -EFAULT : 0;
}

/** Takes bytes from the tracer; undefined where they are not all there. */
function take({ tracer }: Asked, at: number, length: number): Uint8Array | undefined {
  const bytes = tracer.tracee.read(at, length);
  return bytes.length === length ? bytes : undefined;
}

/** The target's registers changed: what the kernel made of them is an effect. */
function noteRegisters({ session, target, call }: Asked): void {
  const now = target.tracee.registers(new Registers());
  target.last.copyFrom(now);
  call.effects.push(session.registersEffect(target, now));
}

function noteXstate({ target, call }: Asked): void {
  call.effects.push({ type: 'xstate', task: target.id, bytes: target.tracee.xstate() });
}

function resume(mode: ResumeMode): Answer {
  return ({ session, tracer, target, tracing, data: signal }) => {
    if (signal > LAST_SIGNAL) return -EIO;
    const stop = tracing.stop!;
    if (signal !== 0 && stop.signal) {
      // Another signal than the one that stopped the task comes from its tracer (ptrace_signal in kernel/signal.c).
      const other = { pid: tracer.group, user: userOf(tracer.tid) };
      const siginfo = stop.signal.number === signal ? stop.signal.siginfo : makeSiginfo(signal, other);
      target.deliver = { number: signal, siginfo };
    } else if (signal !== 0 && (stop.kind === 'entry' || stop.kind === 'exit')) {
      // As if the kernel sent it (ptrace_report_syscall in linux/ptrace.h).
      target.stash.set(signal, makeSiginfo(signal, { code: SI_KERNEL }));
      addon.killTask(target.group, target.tid, signal);
    }
    tracing.resume(mode);
    session.makeReady(target);
    return 0;
  };
}

const readWord: Answer = (asked) => {
  const bytes = asked.target.tracee.read(asked.address, 8);
  return bytes.length < 8 ? -EIO : give(asked, asked.data, bytes);
};

const writeWord: Answer = ({ session, target, call, address }) => {
  const bytes = wordBytes(call.entry.long(Reg.r10));
  if (addon.writeMemory(target.tid, address, bytes) < 0) return -EIO;
  call.effects.push(session.memoryEffect(target.space.id, address, bytes));
  return 0;
};

const debugRegisters = (task: GuestTask): DebugRegisters => (task.debugRegisters ??= new DebugRegisters(task));

const readUser: Answer = (asked) => {
  if (isDebugRegister(asked.address)) {
    const value = debugRegisters(asked.target).read(asked.address);
    return value ? give(asked, asked.data, value) : -EIO;
  }
  const bytes = new Uint8Array(8);
  const result = addon.requestBytes(asked.target.tid, Request.peekUser, asked.address, bytes);
  return result < 0 ? result : give(asked, asked.data, bytes);
};

function writeDebugRegister({ target, call, address }: Asked, value: bigint): number {
  const done = debugRegisters(target).write(address, value);
  if (typeof done === 'number') return done;
  call.effects.push(done);
  return 0;
}

const writeUser: Answer = (asked) => {
  const value = asked.call.entry.long(Reg.r10);
  if (isDebugRegister(asked.address)) return writeDebugRegister(asked, value);
  if (asked.address >= REGISTER_FILE_SIZE) {
    const result = addon.request(asked.target.tid, Request.pokeUser, asked.address, asked.data);
    return result;
  }
  if (asked.address % 8 !== 0) return -EIO;
  const registers = asked.target.tracee.registers(new Registers());
  registers.bytes.set(wordBytes(value), asked.address);
  const result = addon.requestBytes(asked.target.tid, Request.setRegisters, 0, registers.bytes);
  if (result < 0) return result;
  noteRegisters(asked);
  return 0;
};

const getBlock = (size: number): Answer => (asked) => {
  const bytes = new Uint8Array(size);
  const result = addon.requestBytes(asked.target.tid, asked.request, 0, bytes);
  return result < 0 ? result : give(asked, asked.data, bytes);
};

const setRegisters: Answer = (asked) => {
  const bytes = take(asked, asked.data, REGISTER_FILE_SIZE);
  if (!bytes) return -EFAULT;
  const result = addon.requestBytes(asked.target.tid, Request.setRegisters, 0, bytes);
  // A refused file may have been taken in part: the registers count as they are now.
  noteRegisters(asked);
  return result < 0 ? result : 0;
};

const setFpRegisters: Answer = (asked) => {
  const bytes = take(asked, asked.data, FPREGS_SIZE);
  if (!bytes) return -EFAULT;
  const result = addon.requestBytes(asked.target.tid, Request.setFpRegisters, 0, bytes);
  noteXstate(asked);
  return result < 0 ? result : 0;
};

/** offsetof(struct iovec, iov_len) of sys/uio.h. */
const IOV_LEN_AT = 8;

function areaOf(asked: Asked): ReturnType<typeof registerSetArea> | undefined {
  const bytes = take(asked, asked.data, REGISTER_SET_AREA_SIZE);
  return bytes && registerSetArea(bytes);
}

/** The kernel always writes the length back. As a rule it is what the tracer asked for: nothing changes, and there is no effect. */
function giveLength(asked: Asked, length: number): number {
  const { tracee } = asked.tracer;
  const at = asked.data + IOV_LEN_AT;
  const bytes = wordBytes(BigInt(length));
  if (!Buffer.from(bytes.buffer).equals(tracee.read(at, bytes.length))) return give(asked, at, bytes);
  return tracee.copyOut(at, bytes) < bytes.length ? -EFAULT : 0;
}

const getRegisterSet: Answer = (asked) => {
  const area = areaOf(asked);
  if (!area) return -EFAULT;
  const bytes = new Uint8Array(area.length);
  const size = addon.getRegisterSet(asked.target.tid, asked.address, bytes);
  if (size < 0) return size;
  const error = give(asked, area.base, bytes.subarray(0, size));
  return error || giveLength(asked, size);
};

const setRegisterSet: Answer = (asked) => {
  const area = areaOf(asked);
  const bytes = area && take(asked, area.base, area.length);
  if (!bytes) return -EFAULT;
  const result = addon.setRegisterSet(asked.target.tid, asked.address, bytes);
  if (asked.address === RegisterSet.xstate) noteXstate(asked);
  else noteRegisters(asked);
  return result < 0 ? result : giveLength(asked, bytes.length);
};

/** At stops without a signal it is a SIGTRAP that tells the event (ptrace_do_notify in kernel/signal.c). */
const getSiginfo: Answer = (asked) => {
  const { target, tracing } = asked;
  const stop = tracing.stop!;
  if (stop.signal) return give(asked, asked.data, stop.signal.siginfo);
  if (stop.kind === 'group' && !tracing.seized) return -EINVAL;
  const code = stop.status >> 8;
  return give(asked, asked.data, makeSiginfo(code & 0x7f, { code, pid: target.tid, user: userOf(target.tid) }));
};

const setSiginfo: Answer = (asked) => {
  const bytes = take(asked, asked.data, SIGINFO_SIZE);
  if (!bytes) return -EFAULT;
  const { stop } = asked.tracing;
  if (!stop?.signal) return -EINVAL;
  asked.tracing.stop = { ...stop, signal: { number: stop.signal.number, siginfo: bytes } };
  return 0;
};

const setOptions: Answer = ({ target, tracing, request, data }) => {
  // The host's own answer, to a request that changes nothing: not every host knows the old number.
  const result = addon.request(target.tid, request, 0, RECORDER_OPTIONS);
  if (result < 0) return result;
  if (!tracing.setOptions(data)) throw unsupportedOptions(data);
  return 0;
};

const archPrctl: Answer = (asked) => {
  const { target, address, data } = asked;
  if (data === ArchRequest.getFs || data === ArchRequest.getGs) {
    const registers = target.tracee.registers(new Registers());
    const base = data === ArchRequest.getFs ? Reg.fs_base : Reg.gs_base;
    // The real request would write to portrace's memory: one that changes nothing tells whether the host has it.
    const set = data === ArchRequest.getFs ? ArchRequest.setFs : ArchRequest.setGs;
    const result = addon.request(target.tid, Request.arch, registers.number(base), set);
    if (result < 0) return result;
    const value = registers.long(base);
    return give(asked, address, wordBytes(value));
  }
  if (data !== ArchRequest.setFs && data !== ArchRequest.setGs) return -EINVAL;
  const result = addon.request(target.tid, Request.arch, address, data);
  noteRegisters(asked);
  return result;
};

const detach: Answer = (asked) => {
  const { session, target, tracing } = asked;
  const staysStopped = inGroupStop(tracing);
  const result = resume('cont')(asked);
  if (result !== 0) return result;
  target.tracing = undefined;
  if (staysStopped) session.listen(target);
  return 0;
};

/** Leaves a seized task in its group stop, with its end to be told (ptrace(2)). */
const listen: Answer = ({ session, target, tracing }) => {
  if (!tracing.seized || tracing.stop!.kind !== 'group') return -EIO;
  const really = inGroupStop(tracing);
  tracing.stop = undefined;
  if (really) session.listen(target);
  return 0;
};

const getEventMessage: Answer = (asked) =>
  give(asked, asked.data, wordBytes(BigInt(asked.tracing.message)));

const SIGNAL_SET_SIZE = 8;

const getSignalMask: Answer = (asked) => {
  if (asked.address !== SIGNAL_SET_SIZE) return -EINVAL;
  const bytes = new Uint8Array(SIGNAL_SET_SIZE);
  const result = addon.requestBytes(asked.target.tid, asked.request, SIGNAL_SET_SIZE, bytes);
  return result < 0 ? result : give(asked, asked.data, bytes);
};

const setSignalMask: Answer = (asked) => {
  if (asked.address !== SIGNAL_SET_SIZE) return -EINVAL;
  const bytes = take(asked, asked.data, SIGNAL_SET_SIZE);
  if (!bytes) return -EFAULT;
  return addon.requestBytes(asked.target.tid, asked.request, SIGNAL_SET_SIZE, bytes);
};

/** struct ptrace_syscall_info of linux/ptrace.h: its operations, and where each one's fields end. */
const SYSCALL_INFO = { none: { operation: 0, size: 24 }, entry: { operation: 1, size: 80 }, exit: { operation: 2, size: 33 }, seccomp: { operation: 3, size: 84 } } as const;
const SYSCALL_INFO_SIZE = 88;
const AUDIT_ARCH_X86_64 = 0xc000003e;
/** The last 4095 results are errors (linux/err.h). */
const LARGEST_ERROR = 4095n;

/** What a stop tells of a call: SECCOMP's event does always, the others where TRACESYSGOOD tells them apart. */
function infoKind(tracing: GuestTracing): keyof typeof SYSCALL_INFO {
  const { kind, status } = tracing.stop!;
  if (status >> 16 === StopEvent.seccomp) return 'seccomp';
  return (kind === 'entry' || kind === 'exit') && tracing.wants('sysgood') ? kind : 'none';
}

/** Answers the size of what there is, of which it gives as much as was asked for. */
const getSyscallInfo: Answer = (asked) => {
  const { target, tracing, address: room } = asked;
  const { operation, size } = SYSCALL_INFO[infoKind(tracing)];
  const registers = target.tracee.registers(new Registers());
  const bytes = new Uint8Array(SYSCALL_INFO_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, operation);
  view.setUint32(4, AUDIT_ARCH_X86_64, true);
  view.setBigUint64(8, registers.long(Reg.rip), true);
  view.setBigUint64(16, registers.long(Reg.rsp), true);
  if (operation === SYSCALL_INFO.entry.operation || operation === SYSCALL_INFO.seccomp.operation) {
    [registers.long(Reg.orig_rax), ...callArguments(registers)].forEach((word, index) => view.setBigUint64(24 + 8 * index, word, true));
    if (operation === SYSCALL_INFO.seccomp.operation) view.setUint32(80, tracing.message, true);
  } else if (operation === SYSCALL_INFO.exit.operation) {
    const result = BigInt.asIntN(64, registers.long(Reg.rax));
    view.setBigInt64(24, result, true);
    view.setUint8(32, result < 0n && result >= -LARGEST_ERROR ? 1 : 0);
  }
  return give(asked, asked.data, bytes.subarray(0, Math.min(size, room))) || size;
};

/**
 * Requests that Linux has and portrace does not emulate: GETFPXREGS, SETFPXREGS, GET_THREAD_AREA,
 * SET_THREAD_AREA, SINGLEBLOCK, and from PEEKSIGINFO to the newest of linux/ptrace.h.
 */
const OTHER_REQUESTS: ReadonlySet<number> = new Set([18, 19, 25, 26, 33, 0x4209, 0x420c, 0x420d, 0x420f, 0x4210, 0x4211, 0x4212]);

/** Requests that are really made of the target first of all: the host says itself where it is not stopped any more. */
const REAL_REQUESTS: ReadonlySet<number> = new Set([
  Request.getRegisters,
  Request.setRegisters,
  Request.getFpRegisters,
  Request.setFpRegisters,
  Request.getRegisterSet,
  Request.setRegisterSet,
]);

const ANSWERS: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  [Request.peekText, readWord],
  [Request.peekData, readWord],
  [Request.peekUser, readUser],
  [Request.pokeText, writeWord],
  [Request.pokeData, writeWord],
  [Request.pokeUser, writeUser],
  [Request.cont, resume('cont')],
  [Request.syscall, resume('syscall')],
  [Request.sysemu, resume('sysemu')],
  [Request.singleStep, resume('step')],
  [Request.sysemuSingleStep, resume('sysemu-step')],
  [Request.getRegisters, getBlock(REGISTER_FILE_SIZE)],
  [Request.setRegisters, setRegisters],
  [Request.getFpRegisters, getBlock(FPREGS_SIZE)],
  [Request.setFpRegisters, setFpRegisters],
  [Request.getRegisterSet, getRegisterSet],
  [Request.setRegisterSet, setRegisterSet],
  [Request.getSiginfo, getSiginfo],
  [Request.setSiginfo, setSiginfo],
  [Request.setOptions, setOptions],
  [Request.oldSetOptions, setOptions],
  [Request.arch, archPrctl],
  [Request.detach, detach],
  [Request.listen, listen],
  [Request.getEventMessage, getEventMessage],
  [Request.getSignalMask, getSignalMask],
  [Request.setSignalMask, setSignalMask],
  [Request.getSyscallInfo, getSyscallInfo],
]);

/**
 * ptrace between the tasks of another build. What the host answered is in the trace; what a request
 * reads and changes is the live tracee, since its registers and memory are the new build's own.
 */
import { Reg, Registers, REGISTER_FILE_SIZE } from '../../base/registers.js';
import { Trouble } from '../../base/errors.js';
import type { SignalFacts } from '../../trace/events.js';
import {
  addon,
  answered,
  ArchRequest,
  FPREGS_SIZE,
  registerSetArea,
  RegisterSet,
  REGISTER_SET_AREA_SIZE,
  Request,
  SIGINFO_SIZE,
  wordBytes,
} from '../../tracee/index.js';
import type { Answer, Returning } from './answers.js';
import type { RebuildSession } from './session.js';
import { deliver, raise, restart } from './signals.js';
import type { RebuildTask } from './task.js';
import { unsupported } from './unsupported.js';

/** A request in flight. */
interface Asked {
  readonly tracer: RebuildTask;
  readonly target: RebuildTask;
  readonly returning: Returning;
  readonly request: number;
  readonly address: number;
  readonly data: number;
}

type Act = (asked: Asked) => void;

export const traceCall: Answer = (session, tracer, returning) => {
  const { args } = returning.actual;
  const request = args.number(Reg.rdi);
  const result = returning.event.syscall!.result!;
  if (request === Request.traceMe) return result;
  const act = ACTS.get(request);
  if (!act) throw unsupported(`ptrace request 0x${request.toString(16)}`);
  const target = session.taskByPid(args.int32(Reg.rsi));
  // A tracee that is gone may still be killed.
  if (target) act({ tracer, target, returning, request, address: args.number(Reg.rdx), data: args.number(Reg.r10) });
  return result;
};

const nothing: Act = () => undefined;

/** What the host gave then, at the place where the new build wants it. */
const giveRecorded: Act = ({ tracer, returning, data }) => {
  const { recorded, event } = returning;
  for (const effect of event.effects) {
    if (effect.type === 'memory') tracer.write(data + (effect.address - recorded.args.number(Reg.r10)), effect.bytes);
  }
};

const give = ({ tracer }: Asked, at: number, bytes: Uint8Array): void => tracer.write(at, bytes);

function take({ tracer, returning }: Asked, at: number, length: number): Uint8Array {
  const bytes = tracer.tracee.read(at, length);
  if (bytes.length === length) return bytes;
  throw new Trouble('unsupported', `--exe: the new build gives ptrace memory that is not there, at event ${returning.event.index}`);
}

const readWord: Act = (asked) => give(asked, asked.data, asked.target.tracee.read(asked.address, 8));

const writeWord: Act = ({ target, returning, address }) => target.write(address, wordBytes(returning.actual.args.long(Reg.r10)));

const readUser: Act = (asked) => {
  const { address, data, target } = asked;
  if (address >= REGISTER_FILE_SIZE) giveRecorded(asked);
  else give(asked, data, target.registers.bytes.slice(address, address + 8));
};

const writeUser: Act = ({ address, target, returning }) => {
  if (returning.event.effects.some(({ type }) => type === 'debug registers')) throw unsupported('a debugger that watches by debug registers');
  if (address >= REGISTER_FILE_SIZE) return;
  const registers = target.registers.clone();
  registers.setLong(address / 8, returning.actual.args.long(Reg.r10));
  putRegisters(target, registers);
};

/** The kernel takes what a task may have; the number of the call that it is in is the tracer's to say. */
function putRegisters(target: RebuildTask, registers: Registers): void {
  target.registers.copyFrom(registers);
  target.putRegisters();
  target.tracee.registers(target.registers);
  target.registers.setLong(Reg.orig_rax, registers.long(Reg.orig_rax));
}

const getRegisters: Act = (asked) => give(asked, asked.data, asked.target.registers.bytes.slice());

const setRegisters: Act = (asked) => putRegisters(asked.target, new Registers(aligned(take(asked, asked.data, REGISTER_FILE_SIZE))));

/** A register file must lie at a multiple of 8. */
const aligned = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

const getFpRegisters: Act = (asked) => {
  const bytes = new Uint8Array(FPREGS_SIZE);
  answered(addon.requestBytes(asked.target.tracee.tid, asked.request, 0, bytes), asked.target.tracee.tid, 'read floating-point registers');
  give(asked, asked.data, bytes);
};

const setFpRegisters: Act = (asked) => {
  const { tid } = asked.target.tracee;
  answered(addon.requestBytes(tid, asked.request, 0, take(asked, asked.data, FPREGS_SIZE)), tid, 'write floating-point registers');
};

const areaOf = (asked: Asked): ReturnType<typeof registerSetArea> => registerSetArea(take(asked, asked.data, REGISTER_SET_AREA_SIZE));

const giveLength = (asked: Asked, length: number): void => give(asked, asked.data + 8, wordBytes(BigInt(length)));

const getRegisterSet: Act = (asked) => {
  const { base, length } = areaOf(asked);
  const bytes = registerSet(asked, length);
  give(asked, base, bytes);
  giveLength(asked, bytes.length);
};

function registerSet({ address: set, target }: Asked, length: number): Uint8Array {
  if (set === RegisterSet.general) return target.registers.bytes.slice(0, length);
  const bytes = new Uint8Array(length);
  const { tid } = target.tracee;
  return bytes.subarray(0, answered(addon.getRegisterSet(tid, set, bytes), tid, 'read a register set'));
}

const setRegisterSet: Act = (asked) => {
  const { target, address: set } = asked;
  const { base, length } = areaOf(asked);
  const bytes = take(asked, base, length);
  if (set === RegisterSet.general) {
    const registers = target.registers.clone();
    registers.bytes.set(bytes.subarray(0, REGISTER_FILE_SIZE));
    putRegisters(target, registers);
  } else {
    const { tid } = target.tracee;
    answered(addon.setRegisterSet(tid, set, bytes), tid, 'write a register set');
  }
  giveLength(asked, length);
};

const getSiginfo: Act = (asked) => {
  const siginfo = asked.target.caught?.siginfo;
  if (siginfo) give(asked, asked.data, siginfo.subarray(0, SIGINFO_SIZE));
  else giveRecorded(asked);
};

const archPrctl: Act = (asked) => {
  const { target, address, data } = asked;
  if (data === ArchRequest.getFs || data === ArchRequest.getGs) {
    give(asked, address, wordBytes(target.registers.long(data === ArchRequest.getFs ? Reg.fs_base : Reg.gs_base)));
    return;
  }
  if (data !== ArchRequest.setFs && data !== ArchRequest.setGs) throw unsupported(`PTRACE_ARCH_PRCTL with 0x${data.toString(16)}`);
  const registers = target.registers.clone();
  registers.setNumber(data === ArchRequest.setFs ? Reg.fs_base : Reg.gs_base, address);
  putRegisters(target, registers);
};

/** When and how a tracee goes on is told by its own events. */
const ACTS: ReadonlyMap<number, Act> = new Map<number, Act>([
  [Request.peekText, readWord],
  [Request.peekData, readWord],
  [Request.peekUser, readUser],
  [Request.pokeText, writeWord],
  [Request.pokeData, writeWord],
  [Request.pokeUser, writeUser],
  [Request.cont, nothing],
  [Request.syscall, nothing],
  [Request.sysemu, nothing],
  [Request.singleStep, nothing],
  [Request.sysemuSingleStep, nothing],
  [Request.kill, nothing],
  [Request.detach, nothing],
  [Request.setOptions, nothing],
  [Request.oldSetOptions, nothing],
  [Request.getRegisters, getRegisters],
  [Request.setRegisters, setRegisters],
  [Request.getFpRegisters, getFpRegisters],
  [Request.setFpRegisters, setFpRegisters],
  [Request.getRegisterSet, getRegisterSet],
  [Request.setRegisterSet, setRegisterSet],
  [Request.getSiginfo, getSiginfo],
  [Request.getEventMessage, giveRecorded],
  [Request.arch, archPrctl],
]);

/** A tracer lets a task go on that a signal had stopped: with that one, with another, or with none. */
export function leaveStop(session: RebuildSession, task: RebuildTask, signal: SignalFacts | undefined): void {
  const { caught } = task;
  task.caught = undefined;
  if (!signal || signal.number === 0 || signal.disposition === 'ignored') {
    restart(task);
    return;
  }
  if (signal.disposition === 'fatal') return;
  if (signal.disposition !== 'handler') throw unsupported('a guest tracer that stops a task for good');
  const siginfo = caught?.number === signal.number && caught.siginfo ? caught.siginfo : signal.siginfo;
  task.interrupted = false;
  if (caught?.standing && caught.number === signal.number) {
    deliver(session, task, signal.number, siginfo);
    return;
  }
  raise(session, task, signal.number, siginfo);
}

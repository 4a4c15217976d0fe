/** Answers to the calls of another build. */
import type { Address } from '../../base/brands.js';
import { Trouble } from '../../base/errors.js';
import { callArguments, Reg, type RegisterIndex, type Registers } from '../../base/registers.js';
import { rowOf, syscallName, writtenParts } from '../../syscalls/index.js';
import type { MappingChange, MemoryWrite, TaskBirth, TraceEvent } from '../../trace/events.js';
import { readMappings } from '../../tracee/index.js';
import { writesDescriptorTable } from '../descriptor-tables.js';
import { applyMapping, trapInstructions } from '../mappings.js';
import { ReplaySpace } from '../task.js';
import { makesOwnFile, newOwnFile, noteRead } from './own-files.js';
import { placesOf, type Entry, type Places } from './places.js';
import type { RebuildSession } from './session.js';
import { returnFromHandler, SYS_RT_SIGRETURN } from './signals.js';
import { RebuildTask } from './task.js';
import { traceCall } from './tracing.js';
import { unsupported } from './unsupported.js';

export interface Answered {
  readonly recorded: Entry;
  readonly actual: Entry;
  /** Has the result and what the call changed. */
  readonly event: TraceEvent;
}

/** A call on its way back. */
export interface Returning extends Answered {
  /** The task's registers behind the call but for its result. */
  readonly registers: Registers;
}

export type Answer = (session: RebuildSession, task: RebuildTask, returning: Returning) => bigint;

/** ERESTARTSYS … ERESTART_RESTARTBLOCK: results that only the kernel sees (include/linux/errno.h). */
const RESTART_FIRST = 512n;
const RESTART_LAST = 516n;
const MAX_ERRNO = 4095n;

/** asm-generic/mman-common.h */
const MAP_SHARED = 1;
const MAP_FIXED = 0x10;
/** linux/sched.h */
const CLONE_VM = 0x100;
const CLONE_FILES = 0x400;
const CLONE_SIGHAND = 0x800;
const CLONE_PARENT = 0x8000;
const CLONE_SETTLS = 0x80000;
const CLONE_CHILD_CLEARTID = 0x200000;

const SYS_CLONE = 56;
const SYS_CLONE3 = 435;

export function answerCall(session: RebuildSession, task: RebuildTask, answered: Answered): void {
  const { recorded, event } = answered;
  const recordedResult = event.syscall?.result;
  if (recordedResult === undefined) throw new Trouble('trace', `damaged trace: event ${event.index} has no result`);
  if (recorded.number === SYS_RT_SIGRETURN) {
    returnFromHandler(session, task);
    return;
  }
  const failed = recordedResult < 0n && recordedResult >= -MAX_ERRNO;
  const answer = failed ? giveRecorded : (ANSWERS.get(recorded.number) ?? answerOf(recorded.number));
  const given = recorded.number < 0 ? leaveVoid : answer;
  const registers = answered.actual.args.clone();
  noteRead(task, recorded, recordedResult);
  const result = given(session, task, { ...answered, registers });
  registers.setLong(Reg.rax, BigInt.asUintN(64, result));
  task.interrupted = -result >= RESTART_FIRST && -result <= RESTART_LAST;
  task.registers.copyFrom(registers);
  task.putRegisters();
  report(session, task, answered);
}

function answerOf(number: number): Answer {
  const handling = rowOf(number)?.handling;
  return handling === 'regular' ? giveRecorded : refuse;
}

const refuse: Answer = (_, __, { recorded }) => {
  throw unsupported(`the call ${syscallName(recorded.number)}`);
};

/** A guest tracer made the call void: the result is what it left in rax. */
const leaveVoid: Answer = (_, __, { actual }) => BigInt.asIntN(64, actual.args.long(Reg.rax));

/** What the host answered then, with what it wrote. */
const giveRecorded: Answer = (session, task, { recorded, actual, event }) => {
  const result = event.syscall!.result!;
  if (event.syscall!.undescribed) throw unsupported(`the call ${syscallName(recorded.number)} with these arguments, which no row describes`);
  const places = placesOf({ recorded, actual, event, result: Number(result) }, task.tracee);
  for (const effect of event.effects) {
    if (effect.type === 'memory') writeEffect(task, effect, places, recorded);
    else if (effect.type === 'object') session.standIns.write(effect);
    else if (effect.type !== 'registers') throw unsupported(`what ${syscallName(recorded.number)} changes (${effect.type})`);
  }
  return result;
};

function writeEffect(task: RebuildTask, { address, bytes }: MemoryWrite, places: Places, { number }: Entry): void {
  const at = places(address);
  if (at === undefined) throw unsupported(`what ${syscallName(number)} wrote at 0x${address.toString(16)}`);
  task.write(at, bytes);
}

/** A call about the task's own address space or signals: really made, with its own arguments. */
const make: Answer = (_, task, { recorded, actual, event }) => {
  const args = callArguments(actual.args).map((value) => Number(BigInt.asIntN(64, value)));
  const result = BigInt(task.call(recorded.number, args));
  const failed = result < 0n && result >= -MAX_ERRNO;
  if (failed) throw new Trouble('host', `${syscallName(recorded.number)} fails for the new build at event ${event.index} (errno ${-result})`);
  return result;
};

/** modify_ldt: what it writes is made; what it reads is the recorded. */
const changeSegments: Answer = (session, task, answered) =>
  (writesDescriptorTable(answered.event.syscall) ? make : giveRecorded)(session, task, answered);

/** arch_prctl: the bases are registers. */
const setBase: Answer = (session, task, returning) => {
  const { actual, registers } = returning;
  const base = BASES.get(actual.args.int32(Reg.rdi));
  if (base === undefined) return giveRecorded(session, task, returning);
  registers.setLong(base, actual.args.long(Reg.rsi));
  return 0n;
};

/** ARCH_SET_GS, ARCH_SET_FS (asm/prctl.h). */
const BASES: ReadonlyMap<number, RegisterIndex> = new Map([
  [0x1001, Reg.gs_base],
  [0x1002, Reg.fs_base],
]);

/**
 * Mapped where the new build wants it, else where it was then, with the recorded content; that place must
 * be free in the new build, too.
 */
const map: Answer = (session, task, { recorded, actual, event }) => {
  const result = event.syscall!.result!;
  const isFixed = (actual.args.int32(Reg.r10) & MAP_FIXED) !== 0;
  const moved = isFixed ? actual.args.number(Reg.rdi) - Number(result) : 0;
  const own = task.files.get(actual.args.int32(Reg.r8));
  const further = own ? actual.args.number(Reg.r9) - recorded.args.number(Reg.r9) : 0;
  const longer = actual.args.number(Reg.rsi) - recorded.args.number(Reg.rsi);
  for (const effect of event.effects) {
    if (effect.type === 'object') session.standIns.write(effect);
    if (effect.type !== 'mapping') continue;
    if (!isFixed && !isFree(task, effect)) throw unsupported('a new build that has memory where the recorded one mapped some');
    const place = { address: (effect.address + moved) as Address, length: effect.length + longer, offset: effect.offset + further };
    applyMapping(task, { ...effect, ...place }, session.standIns);
    if (own && actual.args.int32(Reg.r10) & MAP_SHARED && effect.object !== undefined) session.takeOver(own, effect.object);
  }
  trapInstructions(task, session.standIns);
  return result + BigInt(moved);
};

function isFree(task: RebuildTask, { address, length }: MappingChange): boolean {
  return readMappings(task.tracee.tid).every(({ start, end }) => end <= address || start >= address + length);
}

/** A new process or thread, in the state in which the kernel starts it. */
const spawn: Answer = (session, task, answered) =>
  beginChild(session, task, answered) ? answered.event.syscall!.result! : giveRecorded(session, task, answered);

/** Begins the task that an event brings into being; false where it brings none. */
export function beginChild(session: RebuildSession, task: RebuildTask, { recorded, actual, event }: Answered): boolean {
  const birth = event.effects.find((effect) => effect.type === 'task');
  if (birth?.type !== 'task') return false;
  const asked = cloneArguments(actual);
  const then = cloneArguments(recorded);
  const child = beginTask(session, task, birth);
  const registers = actual.args.clone();
  registers.setNumber(Reg.rax, 0);
  registers.setNumber(Reg.orig_rax, -1);
  if (asked.stack !== 0) registers.setNumber(Reg.rsp, asked.stack);
  if (birth.flags & CLONE_SETTLS) registers.setLong(Reg.fs_base, asked.tls);
  child.tracee.setRegisters(registers);
  child.registers.copyFrom(registers);
  if (birth.flags & CLONE_CHILD_CLEARTID) child.clearTid = { recorded: then.childTid, actual: asked.childTid };
  for (const effect of event.effects) {
    if (effect.type !== 'memory') continue;
    const owner = effect.space === birth.space ? child : task;
    const at = effect.address === then.childTid ? asked.childTid : effect.address === then.parentTid ? asked.parentTid : undefined;
    if (at === undefined) throw unsupported(`what ${syscallName(recorded.number)} wrote at 0x${effect.address.toString(16)}`);
    owner.write(at, effect.bytes);
  }
  return true;
}

function beginTask(session: RebuildSession, parent: RebuildTask, { task: id, pid, flags }: TaskBirth): RebuildTask {
  // Tasks of the replay are processes of their own, so that each can be ended by itself.
  const shared = flags & CLONE_VM;
  const handlers = shared ? flags & CLONE_SIGHAND : 0;
  const tid = parent.must('clone', SYS_CLONE, [shared | handlers | CLONE_FILES | CLONE_PARENT, 0, 0, 0, 0]);
  const space = shared ? parent.space : new ReplaySpace(0 as never, session.finder, session.sites);
  const files = flags & CLONE_FILES ? parent.files : new Map(parent.files);
  const child = new RebuildTask(id, tid, space, parent.open, pid, files);
  child.tracee.wait(session.stop);
  if (!shared) {
    space.site = parent.space.site;
    space.traps = parent.space.traps.fork();
  }
  space.users++;
  session.tasks.set(id, child);
  return child;
}

interface CloneArguments {
  readonly stack: number;
  readonly tls: bigint;
  readonly parentTid: number;
  readonly childTid: number;
}

/** clone(2), clone3(2); fork and vfork have no arguments. */
function cloneArguments({ number, args, inputs }: Entry): CloneArguments {
  if (number === SYS_CLONE) {
    return {
      stack: args.number(Reg.rsi),
      parentTid: args.number(Reg.rdx),
      childTid: args.number(Reg.r10),
      tls: args.long(Reg.r8),
    };
  }
  if (number !== SYS_CLONE3) return { stack: 0, parentTid: 0, childTid: 0, tls: 0n };
  const bytes = inputs[0]!.bytes.slice(0, 64);
  const words = new BigUint64Array(bytes.buffer, 0, 8);
  const stack = words[5] === 0n ? 0 : Number(words[5]! + words[6]!);
  return { stack, childTid: Number(words[2]), parentTid: Number(words[3]), tls: words[7]! };
}

const setTidAddress: Answer = (session, task, answered) => {
  const { recorded, actual } = answered;
  task.clearTid = { recorded: recorded.args.number(Reg.rdi), actual: actual.args.number(Reg.rdi) };
  return giveRecorded(session, task, answered);
};

/** A new descriptor: of a file for the guest's own memory, perhaps. */
const openFile: Answer = (session, task, answered) => {
  const result = giveRecorded(session, task, answered);
  const { number, args } = answered.actual;
  const flags = args.int32(number === SYS_OPENAT ? Reg.rdx : Reg.rsi);
  if (number === SYS_MEMFD_CREATE || makesOwnFile(flags)) task.files.set(Number(result), newOwnFile());
  return result;
};

const closeFile: Answer = (session, task, answered) => {
  task.files.delete(answered.actual.args.int32(Reg.rdi));
  return giveRecorded(session, task, answered);
};

/** dup, dup2, dup3; fcntl that does the same. */
const duplicate: Answer = (session, task, answered) => {
  const result = giveRecorded(session, task, answered);
  const { number, args } = answered.actual;
  if (number === SYS_FCNTL && !DUPLICATING.has(args.int32(Reg.rsi))) return result;
  const own = task.files.get(args.int32(Reg.rdi));
  if (own) task.files.set(Number(result), own);
  else task.files.delete(Number(result));
  return result;
};

/** F_DUPFD, F_DUPFD_CLOEXEC (linux/fcntl.h). */
const DUPLICATING: ReadonlySet<number> = new Set([0, 1030]);

const seek: Answer = (session, task, answered) => {
  const { args } = answered.actual;
  const own = task.files.get(args.int32(Reg.rdi));
  if (own?.object === undefined) {
    const result = giveRecorded(session, task, answered);
    if (own) own.position = Number(result);
    return result;
  }
  if (args.int32(Reg.rdx) !== SEEK_SET) throw unsupported('lseek in a nameless mapped file other than from its beginning');
  own.position = args.number(Reg.rsi);
  return args.long(Reg.rsi);
};

/** Into the guest's own memory goes what the new build wrote, where it wrote it. */
const writeFile: Answer = (session, task, answered) => {
  const { actual, event } = answered;
  const own = task.files.get(actual.args.int32(Reg.rdi));
  const result = event.syscall!.result!;
  if (!own) return giveRecorded(session, task, answered);
  const at = actual.number === SYS_PWRITE ? actual.args.number(Reg.r10) : own.position;
  const bytes = task.tracee.read(actual.args.number(Reg.rsi), Number(result));
  if (own.object === undefined) own.written.push({ at, bytes });
  else session.standIns.put(own.object, at, bytes);
  if (actual.number !== SYS_PWRITE) own.position = at + bytes.length;
  return result;
};

const SEEK_SET = 0;
const SYS_PWRITE = 18;
const SYS_FCNTL = 72;
const SYS_OPENAT = 257;
const SYS_MEMFD_CREATE = 319;

/** By number (asm/unistd_64.h). What is regular and not here is answered from the trace. */
const ANSWERS: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  [1, writeFile],
  [2, openFile],
  [3, closeFile],
  [8, seek],
  [9, map],
  [10, make], // mprotect
  [11, make], // munmap
  [12, make], // brk
  [13, make], // rt_sigaction
  [14, make], // rt_sigprocmask
  [18, writeFile], // pwrite64
  [28, make], // madvise
  [32, duplicate], // dup
  [33, duplicate], // dup2
  [56, spawn],
  [57, spawn],
  [58, spawn],
  [61, giveRecorded], // wait4
  [72, duplicate], // fcntl
  [101, traceCall],
  [131, make], // sigaltstack
  [154, changeSegments],
  [158, setBase],
  [218, setTidAddress],
  [247, giveRecorded], // waitid
  [257, openFile], // openat
  [292, duplicate], // dup3
  [319, openFile], // memfd_create
  [435, spawn],
]);

/** What the call wrote to a standard stream, as the new build wrote it. */
function report(session: RebuildSession, task: RebuildTask, { actual, event }: Answered): void {
  const facts = event.syscall!;
  const { onOutput } = session.options;
  if (!onOutput || !facts.stream) return;
  const call = { ...facts, number: actual.number, arguments: callArguments(actual.args) };
  for (const part of writtenParts(call, (at, length) => task.tracee.read(at, length))) onOutput(facts.stream, part);
}


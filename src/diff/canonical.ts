/** Events in canonical words: what the task did, and what came of it. */
import { ARGUMENT_REGISTERS, Reg, Registers } from '../base/registers.js';
import {
  capturedMemory,
  errnoName,
  rowOf,
  showScalar,
  showSiginfo,
  signalName,
  syscallName,
  type Argument,
  type CallView,
  type GuestMemory,
  type SyscallRow,
} from '../syscalls/index.js';
import { memoryAfter } from '../trace/index.js';
import type { Descriptor } from '../mappings/index.js';
import type { ArgumentIndex, MemoryInput, SignalFacts, SyscallFacts, TraceEvent } from '../trace/events.js';
import { dataUse, isChanging, isWrite, movesText, otherEnd, saysHowMuch } from './data-use.js';
import type { GuestState } from './guest-state.js';
import { loose, readable } from './marks.js';
import type { Rules } from './rules.js';
import { rowFacts, type RowFacts } from './row-facts.js';
import { CanonicalWords, settingOf, type CallSetting } from './words.js';

/** Signals below are not queued (signal(7)): one that is pending stands for those that follow, whoever sends them. */
const FIRST_REAL_TIME = 32;

/** Whether it depends on the moment which child, or which sender, the signal tells of. */
function standsForSeveral({ number, synchronous }: Pick<SignalFacts, 'number' | 'synchronous'>, known: string, task: number): boolean {
  if (number === SIGCHLD) return true;
  const sender = /si_pid=(task#\d+)/.exec(known)?.[1];
  return !synchronous && number < FIRST_REAL_TIME && sender !== undefined && sender !== `task#${task}`;
}

/** A wait4 for any child, or any of a group: of several that have ended it tells one. */
const isWaitForSeveral = ({ number, arguments: args }: SyscallFacts): boolean => number === SYS_WAIT4 && BigInt.asIntN(32, args[0]) <= 0n;

/** What stands for the result of a call that did not return; no row takes it for success. */
const NO_RESULT = -38;
const MAX_ERRNO = 4095;
/** ERESTARTSYS … ERESTART_RESTARTBLOCK, which only the kernel and tracers see. */
const RESTART_FIRST = 512;
const RESTART_LAST = 516;

/** getpid, getppid, getpgrp, getpgid, getsid, gettid. */
const ASKS_FOR_PID: ReadonlySet<number> = new Set([39, 110, 111, 121, 124, 186]);
const SIGCHLD = 17;
const SYS_MMAP = 9;
const SYS_BRK = 12;
const SYS_WAIT4 = 61;
const SYS_GETRANDOM = 318;
/** Bytes of the key that the C library's malloc asks for without waiting: no program sees it. */
const MALLOC_KEY = 8n;
const GRND_NONBLOCK = 1n;

/** The result of a call whose data came in pieces or differs each time. */
const SOME = 'some';
/** Whether an outcome says that some came, and into what buffer. */
export const isSome = (outcome: string): boolean => outcome === SOME || outcome.startsWith(`${SOME},`);

const NOTHING: GuestMemory = { read: () => new Uint8Array(0) };

/** A call at its entry, in words. */
export interface CallEntry {
  readonly facts: SyscallFacts;
  /** The event where it was entered. */
  readonly event: number;
  readonly row: SyscallRow | undefined;
  readonly call: CallView;
  readonly setting: CallSetting;
  /** The arguments of which only the return tells all, as they read at the entry. */
  readonly late: readonly string[];
  /** `openat(AT_FDCWD, "/etc/passwd", O_RDONLY)`. */
  readonly text: string;
}

export class Canonical {
  readonly words: CanonicalWords;
  /** The call that a task made last, by name. */
  private readonly callBefore = new Map<TraceEvent['task'], string>();

  constructor(
    private readonly state: GuestState,
    private readonly rules: Rules,
  ) {
    this.words = new CanonicalWords(state, rules);
  }

  /** What the call is, with what it read; to be asked for before its effects are applied. */
  entry(event: TraceEvent, facts: SyscallFacts): CallEntry {
    const { inputs } = event;
    const row = rowOf(facts.number);
    const known = rowFacts(row);
    const args = event.registers ?? registersOf(facts);
    if (row && this.rules.has('temporary-names')) this.noteMadeUp(event, facts, row);
    let setting = (this.words.setting = this.settingOf(event, facts, known));
    const call: CallView = { args, result: NO_RESULT, inputs, found: capturedMemory(inputs), left: NOTHING, words: this.words };
    const late: string[] = [];
    const shown: string[] = [];
    for (const [index, argument] of (row?.arguments ?? []).entries()) {
      const logged = facts.texts?.[index as ArgumentIndex];
      const text = argument.direction === 'out' ? presence(args, argument, row!) : logged ?? argument.show(call);
      if (text !== undefined) shown.push(text);
      // A pid has as many digits as it has.
      if (text?.includes('[pid]') && isWrite(facts.number)) setting = this.words.setting = { ...setting, sizes: 'loose' };
      if (argument.direction === 'out' || argument.direction === 'inout') late.push(text ?? '');
    }
    if (!row) shown.push(...facts.arguments.map((value) => `0x${BigInt.asUintN(64, value).toString(16)}`));
    return { facts, event: event.index, row, call, setting, late, text: `${syscallName(facts.number)}(${shown.join(', ')})` };
  }

  /** What came of it; to be asked for after the effects were applied. */
  outcome(entry: CallEntry, event: TraceEvent, result: bigint): string {
    const errno = -Number(result);
    if (errno >= RESTART_FIRST && errno <= RESTART_LAST) return 'interrupted';
    this.words.setting = entry.setting;
    this.words.isTold = !isMallocKey(entry.facts);
    if (ASKS_FOR_PID.has(entry.facts.number)) this.state.lessons.of(event.task).processes = true;
    const text = this.result(entry, result) + this.written(entry, event, errno);
    this.words.isTold = false;
    return text;
  }

  /** What the call left in memory. */
  private written({ row, call, late }: CallEntry, event: TraceEvent, errno: number): string {
    if (late.length === 0) return '';
    const failed = errno > 0 && errno <= MAX_ERRNO;
    const after: CallView = { ...call, result: -errno, left: afterwards(event, call.found) };
    let text = '';
    rowFacts(row).late.forEach((argument, index) => {
      if (failed && argument.direction === 'out') return;
      const logged = event.syscall?.texts?.[row!.arguments.indexOf(argument) as ArgumentIndex];
      const shown = logged ?? argument.show(after);
      if (shown !== undefined && shown !== late[index]) text += `, ${argument.name} ${shown}`;
    });
    return text;
  }

  signal({ number, siginfo, synchronous }: SignalFacts, event: TraceEvent): string {
    this.words.setting = settingOf(event.task);
    const known = siginfo === undefined ? '' : ` ${showSiginfo(siginfo, this.words)}`;
    const from = this.rules.has('child-signals') && standsForSeveral({ number, synchronous }, readable(known), event.task) ? loose(readable(known)) : known;
    return `${signalName(number)}${from}${synchronous ? ' by its own instruction' : ''}`;
  }

  private result({ facts, row, call, setting }: CallEntry, result: bigint): string {
    const errno = -Number(result);
    if (errno > 0 && errno <= MAX_ERRNO) return errnoName(errno);
    if (setting.data === 'none' && saysHowMuch(facts.number)) return result > 0n ? SOME : '0';
    const text = row ? showScalar(row.resultOf(call.args), result, this.words) : result.toString();
    if (result > 0n && isWaitForSeveral(facts) && this.rules.has('child-signals')) return loose(readable(text));
    return setting.sizes === 'loose' ? loose(text) : text;
  }

  private settingOf({ kind, task, inputs }: TraceEvent, facts: SyscallFacts, { hasDescriptor, tellsStatus, isMapping }: RowFacts): CallSetting {
    const { number } = facts;
    const descriptor = hasDescriptor ? this.descriptorIn(task, facts, 0) : undefined;
    const otherAt = otherEnd(number);
    const other = otherAt === undefined ? undefined : this.descriptorIn(task, facts, otherAt);
    const data = dataUse(this.state, this.rules, { number, task, descriptor, other });
    const changing = isChanging(descriptor?.name ?? '') || (tellsStatus && isChanging(firstText(inputs)));
    return {
      task,
      data,
      addresses: number === SYS_BRK ? 'heap end' : isMapping ? 'exact' : 'loose',
      sizes: data === 'numbers' && isWrite(number) ? 'loose' : 'exact',
      mapOffset: number === SYS_MMAP && this.isOwnMemory(task, facts) ? 'movable' : 'exact',
      status: descriptor?.sort === 'outside' ? 'given' : changing ? 'changing' : 'told',
      names: kind === 'intercept' ? 'foreign' : 'host',
      text: movesText(number) ? 'with pids' : 'data',
    };
  }

  private descriptorIn(task: TraceEvent['task'], facts: SyscallFacts, index: ArgumentIndex): Descriptor | undefined {
    return this.state.descriptors.of(task, Number(BigInt.asIntN(32, facts.arguments[index]!)));
  }

  /** Remembers names that the guest made up: of files that must not have existed before, and those with a pid in them. */
  private noteMadeUp({ task, inputs }: TraceEvent, facts: SyscallFacts, row: SyscallRow): void {
    const before = this.callBefore.get(task);
    this.callBefore.set(task, row.name);
    const maker = MAKERS.get(row.name);
    const named = inputs[maker?.input ?? 0];
    if (maker === undefined || named === undefined) return;
    const flags = maker.flags === undefined ? O_CREAT | O_EXCL : facts.arguments[maker.flags]!;
    if ((flags & O_CREAT) === 0n) return;
    const name = cutAtZero(latin1(named).replace(SOCKET_FAMILY, ''));
    if ((flags & O_EXCL) !== 0n) this.state.temporary.made(name, CHANCE.has(before ?? ''));
    this.state.temporary.opened(name, (pid) => this.toldItsPid(pid));
  }

  /** A task of the guest that asked for its own number, which may be part of names since. */
  private toldItsPid(pid: number): boolean {
    const owner = this.state.taskOf(pid);
    return owner !== undefined && this.state.lessons.of(owner).processes;
  }

  /** The mapped file is memory that the guest made for itself. */
  private isOwnMemory(task: TraceEvent['task'], facts: SyscallFacts): boolean {
    const name = this.descriptorIn(task, facts, 4)?.name;
    return name !== undefined && (name === 'tmpfile' || name.startsWith('memfd:'));
  }
}

/** What random letters are made of. */
const CHANCE: ReadonlySet<string> = new Set(['getrandom', 'clock_gettime', 'gettimeofday']);

/** asm-generic/fcntl.h. */
const O_CREAT = 0x40n;
const O_EXCL = 0x80n;

/** A call that makes a file. */
interface Maker {
  /** The argument that has O_CREAT and O_EXCL; absent where the file is always a new one. */
  readonly flags?: 1 | 2;
  /** Which of its inputs is the name: the first unless told. */
  readonly input?: number;
}

const MAKERS: ReadonlyMap<string, Maker> = new Map([
  ['open', { flags: 1 }],
  ['openat', { flags: 2 }],
  ['mq_open', { flags: 1 }],
  ['mkdir', {}],
  ['mkdirat', {}],
  ['mknod', {}],
  ['mknodat', {}],
  ['bind', {}],
  ['symlink', { input: 1 }],
  ['symlinkat', { input: 1 }],
]);

/** Before the path of a socket: AF_UNIX, and a zero where its name is no path. */
const SOCKET_FAMILY = /^\x01\0\0?/;

const latin1 = ({ bytes }: MemoryInput): string => Buffer.from(bytes.subarray(0, PATH_MAX)).toString('latin1');
const cutAtZero = (text: string): string => text.replace(/\0.*$/s, '');

/** The text that a call was given first, a path most of the time. */
const firstText = (inputs: readonly MemoryInput[]): string => (inputs[0] === undefined ? '' : cutAtZero(latin1(inputs[0])));
const PATH_MAX = 4096;

function presence(args: Registers, argument: Argument, row: SyscallRow): string {
  const register = ARGUMENT_REGISTERS[row.arguments.indexOf(argument)]!;
  return args.long(register) === 0n ? 'NULL' : '_';
}

function registersOf(facts: SyscallFacts): Registers {
  const registers = new Registers();
  facts.arguments.forEach((value, index) => registers.setLong(ARGUMENT_REGISTERS[index]!, BigInt.asUintN(64, value)));
  return registers;
}

function afterwards(event: TraceEvent, found: GuestMemory): GuestMemory {
  const after = memoryAfter(event);
  return {
    read(address, length) {
      const told = after.read(address, length);
      return told.length > 0 ? told : found.read(address, length);
    },
  };
}

const isMallocKey = ({ number, arguments: args }: SyscallFacts): boolean =>
  number === SYS_GETRANDOM && args[1] === MALLOC_KEY && args[2] === GRND_NONBLOCK;

/** True where the instruction lies in the dynamic linker, which times itself. */
export function isInDynamicLinker(state: GuestState, event: TraceEvent): boolean {
  const at = event.registers?.number(Reg.rip);
  const name = at === undefined ? undefined : state.spaces.of(event.task).placeOf(at)?.name;
  return name !== undefined && name.startsWith('ld-linux');
}

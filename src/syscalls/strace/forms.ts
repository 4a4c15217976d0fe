/** Calls that strace shows otherwise than their rows do: strace 6.1. */
import { ARGUMENT_REGISTERS } from '../../base/registers.js';
import { DESCRIPTOR_FLAGS, FCNTL_COMMANDS, SEALS } from '../constants/open.js';
import { FUTEX_FLAGS, FUTEX_OPERATIONS } from '../constants/futex.js';
import * as names from '../constants/strace.js';
import { CLONE_FLAGS, POLICIES } from '../constants/processes.js';
import { before } from '../guest.js';
import { openFlags } from '../kinds/files.js';
import { showScalar, showWhole, type ScalarKind } from '../kinds/kind.js';
import { choiceOf, flagsOf } from '../kinds/names.js';
import { hex } from '../kinds/numbers.js';
import { membersOf, descriptorSet, pollfd, polledEvents } from '../kinds/polling.js';
import { styled } from '../kinds/styled.js';
import { cloneFlags } from '../kinds/processes.js';
import { timespec, timeval } from '../kinds/time.js';
import { signalName } from '../names.js';
import { i32, u32 } from '../little-endian.js';
import type { Form, StyledCall } from './call.js';
import { netlinkMessages } from './netlink.js';

const int = (call: StyledCall, index: number): number => call.args.int32(ARGUMENT_REGISTERS[index]!);
const long = (call: StyledCall, index: number): number => call.args.number(ARGUMENT_REGISTERS[index]!);
const word = (call: StyledCall, index: number): bigint => call.args.long(ARGUMENT_REGISTERS[index]!);
type Argument = NonNullable<Form['arguments']>[number];

/** The argument in the words of another kind. */
const as = (kind: ScalarKind, index: number): Argument => (call) => showScalar(kind, word(call, index), call.words);
const named = (table: Readonly<Record<string, number>>, doubt: string): ScalarKind => choiceOf(doubt, table, { doubt });
const flags = (table: Readonly<Record<string, number>>, doubt: string): ScalarKind => flagsOf(doubt, table, { doubt });

/** `0x2 (flags O_RDWR)` */
function annotated(call: StyledCall, kind: ScalarKind, title: string): string {
  const number = hex(call.result);
  return call.result <= 0 ? number : `${number} (${title}${showScalar(kind, BigInt(call.result), call.words)})`;
}

const unknown: Form = { result: () => '?' };
const descriptorFlags = flagsOf('descriptor flags', DESCRIPTOR_FLAGS);
const seals = flagsOf('seals', SEALS);

const FCNTL_RESULTS: ReadonlyMap<number, readonly [ScalarKind, string]> = new Map<number, readonly [ScalarKind, string]>([
  [FCNTL_COMMANDS.F_GETFD, [descriptorFlags, 'flags ']],
  [FCNTL_COMMANDS.F_GETFL, [openFlags, 'flags ']],
  [FCNTL_COMMANDS.F_GET_SEALS, [seals, 'seals ']],
]);

const LOCKS_SET: ReadonlySet<number> = new Set([FCNTL_COMMANDS.F_SETLK, FCNTL_COMMANDS.F_SETLKW, FCNTL_COMMANDS.F_OFD_SETLK, FCNTL_COMMANDS.F_OFD_SETLKW]);

const fcntl: Form = {
  arguments: {
    2(call, shown) {
      if (shown === undefined) return undefined;
      const last = shown.includes(' => ') ? shown.slice(shown.indexOf(' => ') + 4) : shown;
      return LOCKS_SET.has(int(call, 1)) ? last.replace(/, l_pid=-?\d+/, '') : last;
    },
  },
  result(call, shown) {
    const known = FCNTL_RESULTS.get(int(call, 1));
    return known && call.result >= 0 ? annotated(call, ...known) : shown;
  },
};

/** How many are given, and how many of them fit -s. */
function pollResult(call: StyledCall, shown: string, rest?: string): string {
  if (call.result === 0) return '0 (Timeout)';
  if (call.result < 0) return shown;
  const bytes = call.left.read(long(call, 0), Math.min(int(call, 1), 4096) * pollfd.size);
  const parts: string[] = [];
  for (let at = 0; at + pollfd.size <= bytes.length; at += pollfd.size) {
    if (bytes[at + 6] !== 0 || bytes[at + 7] !== 0) parts.push(polledEvents(bytes.subarray(at, at + pollfd.size), call.words));
  }
  const more = parts.length > call.words.style.strings ? [...parts.slice(0, call.words.style.strings), '...'] : parts;
  return `${call.result} ([${more.join(', ')}]${rest === undefined ? '' : `, ${rest}`})`;
}

const left = (call: StyledCall, index: number, kind: typeof timespec): string | undefined => {
  const bytes = call.left.read(long(call, index), kind.size);
  return bytes.length < kind.size ? undefined : `left ${showWhole(kind, bytes, bytes.length, call.words)}`;
};

/** What the call found behind a pointer. */
function foundAt(call: StyledCall, shown: string | undefined, kind: typeof timespec, size: number, index: number): string | undefined {
  const at = long(call, index);
  const text = at === 0 ? undefined : before(call, at, size);
  if (text === undefined || text.length < size) return shown?.replace(/ => .*$/, '');
  return showWhole(kind, text, size, call.words);
}

const SETS = ['in', 'out', 'except'];

const setSize = (call: StyledCall): number => Math.ceil(Math.max(0, Math.min(int(call, 0), 1 << 20)) / 64) * 8;

function select(time: typeof timespec): Form {
  const set =
    (index: number): Argument =>
    (call, shown) =>
      foundAt(call, shown, descriptorSet, setSize(call), index);
  return {
    arguments: { 1: set(1), 2: set(2), 3: set(3), 4: (call, shown) => foundAt(call, shown, time, time.size, 4) },
    result(call, shown) {
      if (call.result < 0) return shown;
      if (call.result === 0) return '0 (Timeout)';
      const parts: string[] = [];
      SETS.forEach((name, index) => {
        const at = long(call, index + 1);
        const bytes = at === 0 ? new Uint8Array() : call.left.read(at, setSize(call));
        if (membersOf(bytes).length > 0) parts.push(`${name} ${showWhole(descriptorSet, bytes, bytes.length, call.words)}`);
      });
      const rest = long(call, 4) === 0 ? undefined : left(call, 4, time);
      if (rest !== undefined) parts.push(rest);
      return parts.length === 0 ? shown : `${shown} (${parts.join(', ')})`;
    },
  };
}

/** The upper half of an offset is nothing on x86-64. */
const withoutOffsetHigh: Form = { arguments: { 4: () => undefined } };

const S_IFMT = 0o170000;
const isDevice = (mode: number): boolean => (mode & S_IFMT) === 0o020000 || (mode & S_IFMT) === 0o060000;
const mknod = (modeAt: number): Form => ({ arguments: { [modeAt + 1]: (call, shown) => (isDevice(int(call, modeAt)) ? shown : undefined) } });

const IPC_PRIVATE = 0n;
const key = (index: number): Argument => (call) =>
  styled(call.words.style, hex(BigInt.asUintN(32, word(call, index))), (word(call, index) & 0xffffffffn) === IPC_PRIVATE ? 'IPC_PRIVATE' : undefined);
const IPC_MODE = 0o777n;
const ipcFlags =
  (index: number, table: Readonly<Record<string, number>>): Argument =>
  (call) => {
    const value = BigInt.asUintN(32, word(call, index));
    const mode = `0${(value & IPC_MODE).toString(8).padStart(2, '0')}`;
    const rest = value & ~IPC_MODE;
    return rest === 0n ? mode : `${showScalar(flagsOf('ipc flags', table), rest, call.words)}|${mode}`;
  };

const FUTEX_PRIVATE = FUTEX_FLAGS.FUTEX_PRIVATE_FLAG;
const futexNames = flagsOf('futex operation', FUTEX_FLAGS, { field: { mask: 0x7f, table: FUTEX_OPERATIONS } });
const FUTEX_BITSETS: ReadonlySet<number> = new Set([FUTEX_OPERATIONS.FUTEX_WAIT_BITSET, FUTEX_OPERATIONS.FUTEX_WAKE_BITSET]);

const futex: Form = {
  arguments: {
    1(call) {
      const operation = int(call, 1);
      if (call.words.style.names === 'raw') return hex(BigInt(operation >>> 0));
      const text = futexNames.show(BigInt((operation & ~FUTEX_PRIVATE) >>> 0));
      return operation & FUTEX_PRIVATE ? text.replace(/^(\w+)/, '$1_PRIVATE') : text;
    },
    5: (call, shown) => (FUTEX_BITSETS.has(int(call, 1) & 0x7f) && int(call, 5) === -1 ? styled(call.words.style, '0xffffffff', 'FUTEX_BITSET_MATCH_ANY') : shown),
  },
};

const protocols = (call: StyledCall): ScalarKind | undefined => {
  const table = names.PROTOCOLS_OF_FAMILY[int(call, 0)];
  return table && choiceOf('protocol', table, { unknown: (value) => value.toString() });
};

/** The number in brackets behind the pointer. */
const optionValue =
  (isWritten: boolean): Argument =>
  (call, shown) => {
    const at = long(call, 3);
    const [level, option] = [int(call, 1), int(call, 2)];
    const length = isWritten ? u32(call.left.read(long(call, 4), 4), 0) : int(call, 4);
    if (at === 0 || (isWritten && call.result < 0)) return shown;
    const bytes = isWritten ? call.left.read(at, length) : before(call, at, length);
    if (level === 1 && option === SO_PEERCRED && bytes.length === 12) return `{pid=${i32(bytes, 0)}, uid=${u32(bytes, 4)}, gid=${u32(bytes, 8)}}`;
    return length === 4 && bytes.length === 4 ? `[${i32(bytes, 0)}]` : shown;
  };
const SO_PEERCRED = 17;

const IOPRIO_CLASS = 13;
const ioprio = (value: number): string => {
  const name = names.IOPRIO_CLASSES[value >> IOPRIO_CLASS];
  return name === undefined ? hex(value) : `IOPRIO_PRIO_VALUE(${name}, ${value & ((1 << IOPRIO_CLASS) - 1)})`;
};

const pointerUnlessShown =
  (index: number): Argument =>
  (call, shown) =>
    shown ?? (word(call, index) === 0n ? 'NULL' : hex(word(call, index)));

/** PTRACE_CONT, SINGLESTEP, DETACH, SYSCALL, SYSEMU, SYSEMU_SINGLESTEP, SINGLEBLOCK: they take a signal. */
const DELIVERS: ReadonlySet<number> = new Set([7, 9, 17, 24, 31, 32, 33]);

const policies = choiceOf('policy', { SCHED_OTHER: 0, ...POLICIES });
const pollForm: Form = { result: (call, shown) => pollResult(call, shown) };

export const FORMS: Readonly<Record<string, Form | undefined>> = {
  exit: unknown,
  exit_group: unknown,
  fcntl,
  poll: pollForm,
  ppoll: { arguments: { 2: (call, shown) => foundAt(call, shown, timespec, timespec.size, 2) }, result: (call, shown) => pollResult(call, shown, long(call, 2) === 0 ? undefined : left(call, 2, timespec)) },
  select: select(timeval),
  pselect6: select(timespec),
  preadv: withoutOffsetHigh,
  pwritev: withoutOffsetHigh,
  preadv2: withoutOffsetHigh,
  pwritev2: withoutOffsetHigh,
  mknod: mknod(1),
  mknodat: mknod(2),
  getrandom: { arguments: { 2: as(flags(names.RANDOM_FLAGS, 'GRND_???'), 2) } },
  getdents: { arguments: { 1: entries } },
  getdents64: { arguments: { 1: entries } },
  getcwd: { arguments: { 0: (_call, shown) => shown?.replace(/(\\0|\\x00)"$/, '"') } },
  statx: {
    arguments: {
      2(call, shown) {
        const value = int(call, 2);
        const sync = value & 0x6000 ? undefined : 'AT_STATX_SYNC_AS_STAT';
        if (sync === undefined || call.words.style.names !== 'abbrev') return shown;
        return value === 0 ? sync : `${sync}|${shown}`;
      },
    },
  },
  mincore: {
    arguments: {
      2(call, shown) {
        const pages = Math.ceil(long(call, 1) / 4096);
        const bytes = call.result < 0 ? new Uint8Array() : call.left.read(long(call, 2), Math.min(pages, 4096));
        if (bytes.length === 0) return shown;
        const most = call.words.style.verbose ? Infinity : call.words.style.strings;
        const parts = [...bytes.subarray(0, most)].map((value) => `${value & 1}`);
        return `[${[...parts, ...(pages > parts.length ? ['...'] : [])].join(', ')}]`;
      },
    },
  },
  shmget: { arguments: { 0: key(0), 2: ipcFlags(2, names.SHM_FLAGS) } },
  semget: { arguments: { 0: key(0), 2: ipcFlags(2, names.IPC_FLAGS) } },
  msgget: { arguments: { 0: key(0), 1: ipcFlags(1, names.IPC_FLAGS) } },
  sched_getscheduler: { result: (call, shown) => (call.result < 0 ? shown : `${hex(call.result)} (${showScalar(policies, BigInt(call.result), call.words)})`) },
  ioprio_get: {
    arguments: { 0: as(named(names.IOPRIO_WHO, 'IOPRIO_WHO_???'), 0) },
    result: (call, shown) => (call.result < 0 ? shown : `${hex(call.result)} (${ioprio(call.result)})`),
  },
  ioprio_set: { arguments: { 0: as(named(names.IOPRIO_WHO, 'IOPRIO_WHO_???'), 0), 2: (call) => ioprio(int(call, 2)) } },
  kcmp: { arguments: { 2: as(named(names.KCMP_TYPES, 'KCMP_???'), 2) } },
  personality: {
    result: (call, shown) => (call.result < 0 ? shown : `${hex(call.result)} (${names.personalityName(call.result)})`),
    arguments: { 0: (call) => (int(call, 0) === -1 ? '0xffffffff' : names.personalityName(int(call, 0) >>> 0)) },
  },
  membarrier: {
    arguments: { 0: as(named(names.MEMBARRIER_COMMANDS, 'MEMBARRIER_CMD_???'), 0), 2: (call, shown) => (int(call, 1) === 0 ? undefined : shown) },
    result: (call, shown) => (int(call, 0) === 0 && call.result > 0 ? annotated(call, flagsOf('membarrier commands', names.MEMBARRIER_COMMANDS), '') : shown),
  },
  futex,
  socket: { arguments: { 2: protocol } },
  socketpair: { arguments: { 2: protocol } },
  setsockopt: { arguments: { 3: optionValue(false) } },
  getsockopt: { arguments: { 3: optionValue(true) } },
  sendto: { arguments: { 1: (call, shown) => netlinkMessages(call) ?? shown } },
  access: { arguments: { 1: (call, shown) => (int(call, 1) === 0 ? styled(call.words.style, '0', 'F_OK') : shown) } },
  prctl: { arguments: { 0: (call, shown) => (shown?.startsWith('PR_') ? shown : styled(call.words.style, hex(BigInt.asUintN(32, word(call, 0))), undefined, 'PR_???')), 1: prctlArgument }, result: prctlResult },
  rt_sigtimedwait: { result: (call, shown) => (call.result > 0 ? `${call.result} (${signalName(call.result)})` : shown) },
  shmctl: { arguments: { 2: pointerUnlessShown(2) } },
  semctl: { arguments: { 3: pointerUnlessShown(3) } },
  msgctl: { arguments: { 2: pointerUnlessShown(2) } },
  rseq: { arguments: { 1: (call) => hex(word(call, 1)) } },
  capget: { arguments: { 0: (_call, shown) => shown?.replace('version=0x20080522', 'version=_LINUX_CAPABILITY_VERSION_3'), 1: capabilities } },
  ptrace: { arguments: { 3: (call, shown) => (shown === '0' && !DELIVERS.has(int(call, 0)) ? 'NULL' : shown) } },
  clone: { arguments: cloneArguments() },
};

function protocol(call: StyledCall, shown: string | undefined): string | undefined {
  const kind = protocols(call);
  return kind ? showScalar(kind, word(call, 2), call.words) : shown;
}

function entries(call: StyledCall, shown: string | undefined): string | undefined {
  if (call.result < 0 || call.words.style.verbose || shown === undefined || !/^\d+$/.test(shown)) return shown;
  return `${hex(long(call, 1))} /* ${shown} ${shown === '1' ? 'entry' : 'entries'} */`;
}

const PR_GET_DUMPABLE = 3;
const PR_SET_DUMPABLE = 4;
const PR_CAPBSET_READ = 23;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const dumpable = choiceOf('dumpable', names.DUMPABLE);

function prctlArgument(call: StyledCall, shown: string | undefined): string | undefined {
  const option = int(call, 0);
  if (option === PR_SET_DUMPABLE) return showScalar(dumpable, word(call, 1), call.words);
  if (option === PR_CAPBSET_READ || option === PR_CAPBSET_DROP) return styled(call.words.style, hex(word(call, 1)), names.CAPABILITIES[int(call, 1)], 'CAP_???');
  return option === PR_SET_NO_NEW_PRIVS ? `${word(call, 1)}` : shown;
}

function prctlResult(call: StyledCall, shown: string): string {
  if (int(call, 0) !== PR_GET_DUMPABLE || call.result < 0) return shown;
  return `${shown} (${showScalar(dumpable, BigInt(call.result), call.words)})`;
}

const VERSION_3 = 0x20080522;

function capabilities(call: StyledCall, shown: string | undefined): string | undefined {
  const bytes = call.result < 0 ? new Uint8Array() : call.left.read(long(call, 1), 24);
  if (bytes.length < 24 || u32(before(call, long(call, 0), 8), 0) !== VERSION_3) return shown;
  const set = (at: number): string => names.capabilitySet(BigInt(u32(bytes, at)) | (BigInt(u32(bytes, at + 12)) << 32n));
  return `{effective=${set(0)}, permitted=${set(4)}, inheritable=${set(8)}}`;
}

const { CLONE_SETTLS, CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID } = CLONE_FLAGS;

/** strace has names for clone's arguments, and an order of its own. */
function cloneArguments(): NonNullable<Form['arguments']> {
  return {
    0: (call) => `child_stack=${word(call, 1) === 0n ? 'NULL' : hex(word(call, 1))}`,
    1: (call) => `flags=${showScalar(cloneFlags, word(call, 0), call.words)}`,
    2: (_call, shown) => shown && `parent_tid=${shown}`,
    3: (call) => (int(call, 0) & CLONE_SETTLS ? `tls=${hex(word(call, 4))}` : undefined),
    4: (call) => (int(call, 0) & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID) ? `child_tidptr=${hex(word(call, 3))}` : undefined),
  };
}

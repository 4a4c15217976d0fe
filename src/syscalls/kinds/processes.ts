/**
 * Processes, limits and scheduling: include/uapi/linux/resource.h, sched.h, sched/types.h,
 * capability.h, sysinfo.h, utsname.h, checked against Linux 6.1.
 */
import * as constants from '../constants/processes.js';
import { textField } from './bytes.js';
import { choiceOf, flagsOf } from './names.js';
import { address, bits32, bits64, descriptor, hex, int, measured, processId, scalar, size, uint, ulong, ushort } from './numbers.js';
import type { MemoryKind, ScalarKind } from './kind.js';
import { abbreviated, membersShown, struct } from './struct.js';
import { styled } from './styled.js';
import { i32, u16, u32, word } from '../little-endian.js';
import { toldTimeval } from './time.js';
import { signalName } from '../names.js';

const cloneNames = flagsOf('clone flags', constants.CLONE_FLAGS, { bytes: 8 });
const EXIT_SIGNAL = 0xffn;
/** The low byte is the signal that tells the parent of the end. */
export const cloneFlags = scalar('clone flags', {
  bytes: 8,
  show(value) {
    const exitSignal = value & EXIT_SIGNAL;
    const flags = value & ~EXIT_SIGNAL;
    if (exitSignal === 0n) return cloneNames.show(flags);
    const name = signalName(Number(exitSignal));
    return flags === 0n ? name : `${cloneNames.show(flags)}|${name}`;
  },
});
export const unshareFlags = flagsOf('unshare flags', { ...constants.CLONE_FLAGS, CLONE_NEWTIME: constants.CLONE3_FLAGS.CLONE_NEWTIME }, { bytes: 8 });
const clone3Flags = flagsOf('clone3 flags', { ...constants.CLONE_FLAGS, ...constants.CLONE3_FLAGS }, { bytes: 8 });
export const waitFlags = flagsOf('wait flags', constants.WAIT_FLAGS);
export const waitKind = choiceOf('wait kind', constants.WAIT_KINDS);
export const resource = choiceOf('resource', constants.RESOURCES);
export const usageOf = choiceOf('usage of', constants.USAGE_OF, { signed: true });
export const priorityOf = choiceOf('priority of', constants.PRIORITY_OF);
const policyNames = choiceOf('policy', constants.POLICIES);
/** strace has sched.h's name for SCHED_NORMAL. */
export const policy: ScalarKind = { ...policyNames, strace: (value, style) => policyNames.strace!(value, style).replace('SCHED_NORMAL', 'SCHED_OTHER') };
export const seccompFlags = flagsOf('seccomp flags', constants.SECCOMP_FLAGS);
export const seccompOperation = choiceOf('seccomp operation', constants.SECCOMP_OPERATIONS);

/** The status of wait4(2). */
export const waitStatus = scalar('wait status', {
  bytes: 4,
  signed: true,
  show(value) {
    const status = Number(value);
    const code = (status >> 8) & 0xff;
    if (status === 0xffff) return '{WIFCONTINUED(s)}';
    if ((status & 0x7f) === 0) return `{WIFEXITED(s) && WEXITSTATUS(s) == ${code}}`;
    if ((status & 0xff) !== 0x7f) {
      return `{WIFSIGNALED(s) && WTERMSIG(s) == ${signalName(status & 0x7f)}${status & 0x80 ? ' && WCOREDUMP(s)' : ''}}`;
    }
    // A tracer's stop: bit 7 marks a system call's, the upper half names an event.
    const call = code & 0x80 ? ' | 0x80' : '';
    const event = status >> 16 ? ` | ${status >> 16} << 8` : '';
    return `{WIFSTOPPED(s) && WSTOPSIG(s) == ${signalName(code & 0x7f)}${call}${event}}`;
  },
});

const UNLIMITED = 2n ** 64n - 1n;
const limit = scalar('limit', {
  bytes: 8,
  show: (value) => (value === UNLIMITED ? 'RLIM64_INFINITY' : value.toString()),
  strace(value, style) {
    if (value === UNLIMITED) return styled(style, value.toString(), 'RLIM64_INFINITY');
    return value > 1024n && value % 1024n === 0n && style.names !== 'raw' ? `${value / 1024n}*1024` : value.toString();
  },
});
export const rlimit = struct('rlimit', 16, { rlim_cur: [0, limit], rlim_max: [8, limit] });
const wholeUsage = struct('rusage', 144, {
  ru_utime: [0, toldTimeval],
  ru_stime: [16, toldTimeval],
  ru_maxrss: [32, measured],
  ru_minflt: [64, measured],
  ru_majflt: [72, measured],
});
export const rusage = abbreviated(wholeUsage, ['ru_utime', 'ru_stime']);
const wholeCloneArguments = struct('clone_args', 88, {
  flags: [0, clone3Flags],
  pidfd: [8, address],
  child_tid: [16, address],
  parent_tid: [24, address],
  exit_signal: [32, scalar('signal', { bytes: 8, show: (value) => signalName(Number(value)) })],
  stack: [40, address],
  stack_size: [48, size],
  tls: [56, address],
  set_tid: [64, address],
  set_tid_size: [72, size],
  cgroup: [80, { ...descriptor, size: 8 }],
});
/** strace leaves out what is zero, but for the signal and the stack. */
const ALWAYS_SHOWN: ReadonlySet<string> = new Set(['flags', 'exit_signal', 'stack', 'stack_size']);
/** Members that count only with a flag. */
const ASKED_BY: Readonly<Record<string, number | undefined>> = {
  pidfd: constants.CLONE_FLAGS.CLONE_PIDFD,
  child_tid: constants.CLONE_FLAGS.CLONE_CHILD_SETTID | constants.CLONE_FLAGS.CLONE_CHILD_CLEARTID,
  parent_tid: constants.CLONE_FLAGS.CLONE_PARENT_SETTID,
  tls: constants.CLONE_FLAGS.CLONE_SETTLS,
};
export const cloneArguments: MemoryKind = {
  ...wholeCloneArguments,
  strace(bytes, _length, words) {
    const isAsked = (name: string): boolean => (u32(bytes, 0) & (ASKED_BY[name] ?? -1)) !== 0;
    const members = wholeCloneArguments.members!.filter(({ name, at }) => at + 8 <= bytes.length && (ALWAYS_SHOWN.has(name) || (word(bytes, at, 8) !== 0n && isAsked(name))));
    const shown = members.map((member) => (member.name === 'stack_size' ? `stack_size=${hex(word(bytes, member.at, 8))}` : membersShown([member], bytes, words)));
    return `{${shown.join(', ')}}`;
  },
};
export const schedulingParameters: MemoryKind = {
  ...struct('sched_param', 4, { sched_priority: [0, int] }),
  strace: (bytes) => `[${i32(bytes, 0)}]`,
};
export const schedulingAttributes = struct('sched_attr', 56, {
  size: [0, uint],
  sched_policy: [4, policy],
  sched_flags: [8, bits64],
  sched_nice: [16, int],
  sched_priority: [20, uint],
});
export const capabilityHeader = struct('capability header', 8, { version: [0, bits32], pid: [4, processId] });
const wholeSysinfo = struct('sysinfo', 112, {
  uptime: [0, measured],
  totalram: [32, ulong],
  freeram: [40, measured],
  procs: [80, { ...ushort, compare: 'varying' }],
  mem_unit: [104, uint],
});
export const sysinfo: MemoryKind = {
  ...wholeSysinfo,
  strace(bytes) {
    const long = (at: number): bigint => word(bytes, at, 8);
    const memory = ['totalram', 'freeram', 'sharedram', 'bufferram', 'totalswap', 'freeswap'].map((name, index) => `${name}=${long(32 + index * 8)}`);
    return `{uptime=${long(0)}, loads=[${[8, 16, 24].map(long).join(', ')}], ${memory.join(', ')}, procs=${u16(bytes, 80)}, totalhigh=${long(88)}, freehigh=${long(96)}, mem_unit=${u32(bytes, 104)}}`;
  },
};
const hostName = { ...textField(65), compare: 'host' } as const;
const wholeUtsname = struct('utsname', 390, {
  sysname: [0, textField(65)],
  nodename: [65, hostName],
  release: [130, hostName],
  version: [195, hostName],
  machine: [260, textField(65)],
  domainname: [325, textField(65)],
});
export const utsname = abbreviated(wholeUtsname, ['sysname', 'nodename']);
export const userDescriptor = struct('user_desc', 16, {
  entry_number: [0, int],
  base_addr: [4, bits32],
  limit: [8, scalar('limit', { bytes: 4, show: hex })],
  flags: [12, bits32],
});
export const socketFilter = struct('sock_fprog', 16, { len: [0, ushort], filter: [8, address] });

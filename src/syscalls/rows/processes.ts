/** Processes and what they may: kernel/fork.c, exit.c, sys.c, sched/syscalls.c, capability.c, Linux 6.6. */
import { both, reads, updates, writes } from '../argument.js';
import { count, firstBytes, lengthAt, one, returned, sizedByItself, times } from '../extent.js';
import { CLONE_FLAGS } from '../constants/processes.js';
import { archPrctlArgument, archPrctlOption } from '../irregular/arch-prctl.js';
import { capabilityData } from '../irregular/capabilities.js';
import { addressWith, clone3Arguments, parentTid } from '../irregular/clone.js';
import { futexRow } from '../irregular/futex.js';
import { modifyLdtData } from '../irregular/modify-ldt.js';
import { prctlArguments } from '../irregular/prctl.js';
import { ptraceArguments } from '../irregular/ptrace.js';
import { seccompArgument } from '../irregular/seccomp.js';
import { strings } from '../irregular/strings.js';
import { bytes, opaque, path } from '../kinds/bytes.js';
import { atFlags } from '../kinds/files.js';
import { address, bits32, bits64, descriptor, folder, int, measured, processId, processor, size, uint, ulong, userId } from '../kinds/numbers.js';
import { processorSet } from '../kinds/polling.js';
import * as process from '../kinds/processes.js';
import { siginfo, signal } from '../kinds/signals.js';
import { timespec, tms } from '../kinds/time.js';
import { always, positive } from '../outcome.js';
import type { Family } from '../row.js';

const TELLS_CHILD = CLONE_FLAGS.CLONE_CHILD_SETTID | CLONE_FLAGS.CLONE_CHILD_CLEARTID;

/** Calls that make, replace or end a task. */
export const TASKS: Family = {
  clone: [
    56,
    { flags: process.cloneFlags, stack: address, parentTid: parentTid('flags'), childTid: addressWith('flags', TELLS_CHILD), tls: addressWith('flags', CLONE_FLAGS.CLONE_SETTLS) },
    processId,
  ],
  fork: [57, {}, processId],
  vfork: [58, {}, processId],
  execve: [59, { path: reads(path), argv: strings('list'), envp: strings('count') }],
  exit: [60, { status: int }],
  exit_group: [231, { status: int }],
  execveat: [322, { folder, path: reads(path), argv: strings('list'), envp: strings('count'), flags: atFlags }],
  clone3: [435, { arguments: clone3Arguments('size'), size }, processId],
};

export const TRACING: Family = { ptrace: [101, ptraceArguments] };

export const PROCESSES: Family = {
  sched_yield: [24, {}],
  getpid: [39, {}, processId],
  wait4: [
    61,
    { pid: processId, status: writes(process.waitStatus, one, positive), flags: process.waitFlags, usage: writes(process.rusage, one, positive) },
    processId,
  ],
  getrlimit: [97, { resource: process.resource, limit: writes(process.rlimit) }],
  getrusage: [98, { who: process.usageOf, usage: writes(process.rusage) }],
  times: [100, { times: writes(tms, one, always) }, measured],
  getuid: [102, {}, userId],
  getgid: [104, {}, userId],
  setuid: [105, { uid: userId }],
  setgid: [106, { gid: userId }],
  geteuid: [107, {}, userId],
  getegid: [108, {}, userId],
  setpgid: [109, { pid: processId, group: processId }],
  getppid: [110, {}, processId],
  getpgrp: [111, {}, processId],
  setsid: [112, {}, processId],
  setreuid: [113, { real: userId, effective: userId }],
  setregid: [114, { real: userId, effective: userId }],
  getgroups: [115, { count: int, groups: writes(userId, returned('count')) }],
  setgroups: [116, { count: int, groups: reads(userId, count('count')) }],
  setresuid: [117, { real: userId, effective: userId, saved: userId }],
  getresuid: [118, { real: writes(userId), effective: writes(userId), saved: writes(userId) }],
  setresgid: [119, { real: userId, effective: userId, saved: userId }],
  getresgid: [120, { real: writes(userId), effective: writes(userId), saved: writes(userId) }],
  getpgid: [121, { pid: processId }, processId],
  setfsuid: [122, { uid: userId }, userId],
  setfsgid: [123, { gid: userId }, userId],
  getsid: [124, { pid: processId }, processId],
  // A version that the kernel does not know is replaced by one that it does, and the call fails.
  capget: [125, { header: updates(process.capabilityHeader, one, always), data: capabilityData('header', 'out') }],
  capset: [126, { header: updates(process.capabilityHeader, one, always), data: capabilityData('header', 'in') }],
  personality: [135, { persona: bits32 }, bits64],
  getpriority: [140, { which: process.priorityOf, who: processId }],
  setpriority: [141, { which: process.priorityOf, who: processId, priority: int }],
  sched_setparam: [142, { pid: processId, parameters: reads(process.schedulingParameters) }],
  sched_getparam: [143, { pid: processId, parameters: writes(process.schedulingParameters) }],
  sched_setscheduler: [144, { pid: processId, policy: process.policy, parameters: reads(process.schedulingParameters) }],
  sched_getscheduler: [145, { pid: processId }, process.policy],
  sched_get_priority_max: [146, { policy: process.policy }],
  sched_get_priority_min: [147, { policy: process.policy }],
  sched_rr_get_interval: [148, { pid: processId, interval: writes(timespec) }],
  modify_ldt: [154, { function: int, data: modifyLdtData, count: ulong }],
  prctl: [157, prctlArguments],
  arch_prctl: [158, { option: archPrctlOption, argument: archPrctlArgument }],
  setrlimit: [160, { resource: process.resource, limit: reads(process.rlimit) }],
  gettid: [186, {}, processId],
  futex: [202, futexRow],
  sched_setaffinity: [203, { pid: processId, size: uint, mask: reads(processorSet, count('size')) }],
  sched_getaffinity: [204, { pid: processId, size: uint, mask: writes(processorSet, returned('size')) }],
  set_thread_area: [205, { descriptor: updates(process.userDescriptor) }],
  get_thread_area: [211, { descriptor: updates(process.userDescriptor) }],
  set_tid_address: [218, { tid: address }, processId],
  // Written whatever the result: zeroes where no child was there to report.
  waitid: [
    247,
    {
      kind: process.waitKind,
      id: processId,
      info: writes(siginfo, firstBytes(28), always),
      flags: process.waitFlags,
      usage: writes(process.rusage),
    },
  ],
  ioprio_set: [251, { which: int, who: processId, priority: int }],
  ioprio_get: [252, { which: int, who: processId }],
  unshare: [272, { flags: process.unshareFlags }],
  set_robust_list: [273, { head: address, length: size }],
  get_robust_list: [274, { pid: processId, head: writes(address), length: writes(size) }],
  prlimit64: [302, { pid: processId, resource: process.resource, limit: reads(process.rlimit), old: writes(process.rlimit) }],
  setns: [308, { fd: descriptor, type: process.unshareFlags }],
  getcpu: [309, { cpu: writes(processor), node: writes(processor), cache: address }],
  kcmp: [312, { pid1: processId, pid2: processId, type: int, index1: ulong, index2: ulong }],
  // Where the structure is too long, its first member is set to the length that the kernel knows.
  sched_setattr: [
    314,
    {
      pid: processId,
      attributes: both(reads(process.schedulingAttributes, sizedByItself(0, 48)), writes(uint, one, always)),
      flags: bits32,
    },
  ],
  sched_getattr: [315, { pid: processId, attributes: writes(bytes, count('size')), size: uint, flags: bits32 }],
  seccomp: [317, { operation: process.seccompOperation, flags: process.seccompFlags, argument: seccompArgument('operation') }],
  rseq: [334, { area: address, length: uint, flags: bits32, signature: bits32 }],
  pidfd_send_signal: [424, { pidfd: descriptor, signal, info: reads(siginfo), flags: bits32 }],
  pidfd_open: [434, { pid: processId, flags: bits32 }, descriptor],
  pidfd_getfd: [438, { pidfd: descriptor, fd: descriptor, flags: bits32 }, descriptor],
  landlock_create_ruleset: [444, { attributes: reads(bytes, count('size')), size, flags: bits32 }, descriptor],
  landlock_add_rule: [445, { ruleset: descriptor, type: int, attributes: reads(opaque('landlock rule', 16)), flags: bits32 }],
  landlock_restrict_self: [446, { ruleset: descriptor, flags: bits32 }],
  futex_waitv: [
    449,
    { waiters: reads(opaque('futex_waitv', 24), count('count')), count: uint, flags: bits32, timeout: reads(timespec), clock: int },
  ],
  futex_wake: [454, { word: address, mask: bits64, count: int, flags: bits32 }],
  futex_wait: [455, { word: address, value: bits64, mask: bits64, flags: bits32, timeout: reads(timespec), clock: int }],
  futex_requeue: [456, { waiters: reads(opaque('futex_waitv', 24), times(2)), flags: bits32, wake: int, requeue: int }],
  lsm_get_self_attr: [
    459,
    { attribute: uint, contexts: writes(bytes, lengthAt('size')), size: updates(uint, one, always), flags: bits32 },
  ],
  lsm_set_self_attr: [460, { attribute: uint, context: reads(bytes, count('size')), size: uint, flags: bits32 }],
  lsm_list_modules: [461, { ids: writes(bytes, lengthAt('size')), size: updates(uint, one, always), flags: bits32 }],
};

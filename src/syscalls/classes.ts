/** The classes of calls that strace's -e trace=%CLASS knows: strace(1), checked against the calls of strace 6.1. */
import { isScalar } from './kinds/kind.js';
import type { SyscallRow } from './row.js';
import { rowNamed, ROWS } from './table.js';

const hasPath = (row: SyscallRow): boolean => row.arguments.some(({ kind, direction }) => kind.name === 'path' && direction === 'in') && !NO_FILES.has(row.name);
/** Their paths are names of other things. */
const NO_FILES: ReadonlySet<string> = new Set(['mq_open', 'mq_unlink']);

const hasDescriptor = (row: SyscallRow): boolean =>
  !SOCKETS.has(row.name) &&
  (row.result.compare === 'descriptor' || row.arguments.some(({ kind }) => isScalar(kind) && kind.compare === 'descriptor') || DESCRIPTORS_IN_MEMORY.has(row.name));
const DESCRIPTORS_IN_MEMORY: ReadonlySet<string> = new Set(['poll', 'ppoll', 'select', 'pselect6', 'pipe', 'pipe2', 'fcntl']);

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const SOCKETS = words(`socket connect accept accept4 sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg shutdown bind listen
  getsockname getpeername socketpair setsockopt getsockopt`);

const PROCESS = words(`clone fork vfork execve execveat exit exit_group wait4 waitid clone3 kill tkill tgkill rt_sigqueueinfo
  rt_tgsigqueueinfo pidfd_send_signal unshare arch_prctl`);
const SIGNAL = words(`rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_tgsigqueueinfo
  rt_sigsuspend sigaltstack pause kill tkill tgkill signalfd signalfd4 pidfd_send_signal`);
const MEMORY = words(`mmap mprotect munmap brk mremap msync mincore madvise mlock munlock mlockall munlockall mlock2 shmat shmdt
  remap_file_pages mbind set_mempolicy get_mempolicy migrate_pages move_pages pkey_mprotect process_madvise process_mrelease
  set_mempolicy_home_node io_setup io_destroy map_shadow_stack mseal`);
const IPC = words('shmget shmat shmctl shmdt semget semop semctl semtimedop msgget msgsnd msgrcv msgctl');
const CREDENTIALS = words(`getuid getgid setuid setgid geteuid getegid setreuid setregid getgroups setgroups setresuid getresuid
  setresgid getresgid setfsuid setfsgid capget capset prctl`);
const CLOCKS = words('clock_gettime clock_settime clock_getres clock_adjtime gettimeofday settimeofday time adjtimex');
const PURE = words('getpid getppid gettid getuid getgid geteuid getegid getpgrp getpgid getsid');
const STAT = words('stat');
const LSTAT = words('lstat');
const FSTAT = words('fstat fstatat newfstatat statx');
const STATFS = words('statfs ustat statmount');
const FSTATFS = words('fstatfs');

const named = (...sets: ReadonlySet<string>[]) => ({ name }: SyscallRow): boolean => sets.some((set) => set.has(name));

/** By name without `%`, with strace's old names beside the new. */
const CLASSES: Readonly<Record<string, (row: SyscallRow) => boolean>> = {
  all: () => true,
  none: () => false,
  file: hasPath,
  desc: hasDescriptor,
  memory: named(MEMORY),
  process: named(PROCESS),
  network: named(SOCKETS, words('sendfile')),
  net: named(SOCKETS, words('sendfile')),
  signal: named(SIGNAL),
  ipc: named(IPC),
  creds: named(CREDENTIALS),
  clock: named(CLOCKS),
  pure: named(PURE),
  stat: named(STAT),
  lstat: named(LSTAT),
  fstat: named(FSTAT),
  '%stat': named(STAT, LSTAT, FSTAT),
  statfs: named(STATFS),
  fstatfs: named(FSTATFS),
  '%statfs': named(STATFS, FSTATFS),
};

/** Names of the classes, each with its `%`. */
export const CLASS_NAMES: readonly string[] = Object.keys(CLASSES).map((name) => `%${name}`);

/** These were words of their own before they had a `%`. */
const OLD_NAMES: ReadonlySet<string> = new Set(['all', 'none', 'file', 'desc', 'memory', 'process', 'network', 'signal', 'ipc']);

/** Numbers of the calls that a word of -e trace names: a call, a class, or all whose names match `/REGEX`. Undefined where there is none. */
export function callsNamed(word: string): ReadonlySet<number> | undefined {
  if (word.startsWith('/')) return matching(new RegExp(word.slice(1)));
  const name = word.startsWith('%') ? word.slice(1) : OLD_NAMES.has(word) ? word : undefined;
  const isMember = name === undefined ? undefined : Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (isMember) return new Set(ROWS.filter(isMember).map(({ number }) => number));
  const row = rowNamed(word);
  return row && new Set([row.number]);
}

const matching = (pattern: RegExp): ReadonlySet<number> => new Set(ROWS.filter(({ name }) => pattern.test(name)).map(({ number }) => number));

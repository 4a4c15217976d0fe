/** Numbers by name: every constant that the kinds of this folder show, for whoever reads such text back. */
import * as bpf from './constants/bpf.js';
import * as files from './constants/files.js';
import * as futex from './constants/futex.js';
import * as ioctl from './constants/ioctl-requests.js';
import * as ipc from './constants/ipc.js';
import * as memory from './constants/memory.js';
import * as open from './constants/open.js';
import * as prctl from './constants/prctl.js';
import * as processes from './constants/processes.js';
import * as ptrace from './constants/ptrace.js';
import * as quota from './constants/quota.js';
import * as signals from './constants/signals.js';
import * as sockets from './constants/sockets.js';
import * as time from './constants/time.js';
import { ERRORS } from './constants/errors.js';

const MODULES = [bpf, files, futex, ioctl, ipc, memory, open, prctl, processes, ptrace, quota, signals, sockets, time];

/** Names that the kinds have in their code, or that only other tools use. */
const OTHERS: readonly (readonly [string, number | bigint])[] = [
  ['NULL', 0],
  ['AT_FDCWD', -100],
  ['SIG_DFL', 0],
  ['SIG_IGN', 1],
  ['SIGRTMIN', 32],
  ['RLIM64_INFINITY', 0xffffffffffffffffn],
  ['RLIM_INFINITY', 0xffffffffffffffffn],
  ['FUTEX_BITSET_MATCH_ANY', 0xffffffff],
  ['INADDR_ANY', 0],
  ['INADDR_LOOPBACK', 0x7f000001],
  ['GRND_NONBLOCK', 1],
  ['GRND_RANDOM', 2],
  ['GRND_INSECURE', 4],
  ['AT_STATX_SYNC_AS_STAT', 0],
  ['AT_NO_AUTOMOUNT', 0x800],
  ['UTIME_NOW', 0x3fffffff],
  ['UTIME_OMIT', 0x3ffffffe],
];

const CONSTANTS = new Map<string, bigint>(OTHERS.map(([name, value]) => [name, BigInt(value)]));
for (const module of MODULES) {
  for (const table of Object.values(module) as unknown[]) {
    if (typeof table !== 'object' || table === null) continue;
    for (const [name, value] of Object.entries(table)) if (typeof value === 'number') CONSTANTS.set(name, BigInt(value));
  }
}

const ERRNOS = new Map(Object.entries(ERRORS).map(([number, [name]]) => [name, Number(number)]));
const REAL_TIME = /^SIGRT_(\d+)$/;
const FIRST_REAL_TIME = 32;

/** 0x80000n for "O_CLOEXEC", 11n for "SIGSEGV"; undefined for names that no row shows. */
export function constantNamed(name: string): bigint | undefined {
  const realTime = REAL_TIME.exec(name);
  if (realTime) return BigInt(FIRST_REAL_TIME + Number(realTime[1]));
  return CONSTANTS.get(name) ?? futexOperation(name);
}

/** strace writes FUTEX_WAKE_PRIVATE for FUTEX_WAKE|FUTEX_PRIVATE_FLAG. */
function futexOperation(name: string): bigint | undefined {
  const operation = /^(FUTEX_\w+)_PRIVATE$/.exec(name)?.[1];
  const value = operation === undefined ? undefined : CONSTANTS.get(operation);
  return value === undefined ? undefined : value | CONSTANTS.get('FUTEX_PRIVATE_FLAG')!;
}

/** 2 for "ENOENT"; undefined for names of no error. */
export const errnoNamed = (name: string): number | undefined => ERRNOS.get(name);

/** Signal masks of a task, from /proc/PID/status (proc(5)), and the signals that wait for it. */
import { readFileSync } from 'node:fs';
import { addon, answered, Signal, TaskGone } from '../tracee/index.js';

const ESRCH = 3;
const EIO = 5;

export interface SignalMasks {
  /** Pending for the task or its group. */
  readonly pending: bigint;
  readonly blocked: bigint;
  readonly ignored: bigint;
  readonly caught: bigint;
}

const masks = new BigUint64Array(4);

export function signalMasks(tid: number): SignalMasks {
  const result = addon.signalMasks(tid, masks);
  // Not every host tells: then nobody is known to wait.
  if (result === -EIO) masks.fill(0n);
  else answered(result, tid, "read a task's signal masks");
  return { pending: masks[0]!, blocked: masks[1]!, ignored: masks[2]!, caught: masks[3]! };
}

export const inMask = (mask: bigint, signal: number): boolean => ((mask >> BigInt(signal - 1)) & 1n) === 1n;

const NONE: ReadonlySet<number> = new Set();
const numbers = new Uint8Array(64);

/**
 * Numbers of the signals that wait for a stopped task, whether it blocks them or not. One that is in
 * here and stops the task at its next resume does so before the task runs any instruction: what is
 * blocked stays so until a call, which is a stop of its own.
 */
export function pendingSignals(tid: number): ReadonlySet<number> {
  const count = addon.pendingSignals(tid, numbers);
  if (count === 0) return NONE;
  if (count > 0) return new Set(numbers.subarray(0, count));
  if (count === -ESRCH) throw new TaskGone(tid);
  // A kernel without PTRACE_PEEKSIGINFO.
  const { pending } = signalMasks(tid);
  return new Set(Array.from({ length: 64 }, (_, i) => i + 1).filter((signal) => inMask(pending, signal)));
}

/** Signals that an instruction of the task itself may raise. */
export const SYNCHRONOUS: ReadonlySet<number> = new Set([Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGFPE, Signal.SIGILL, Signal.SIGTRAP]);

/**
 * Whether the last instruction of a task that was interrupted has raised a signal that is not told yet:
 * an interrupt comes first (get_signal in kernel/signal.c), and the task's next resume tells of the fault.
 */
export function isFaultPending(tid: number): boolean {
  const faults = [...pendingSignals(tid)].filter((signal) => SYNCHRONOUS.has(signal));
  if (faults.length === 0) return false;
  const { blocked } = signalMasks(tid);
  // A fault unblocks its signal; one that stays blocked was sent, and waits.
  return faults.some((signal) => !inMask(blocked, signal));
}

/** Process group of a task: field 5 of /proc/PID/stat. */
export function processGroup(tid: number): number {
  const stat = readFileSync(`/proc/${tid}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

const SECCOMP_MODE = /^Seccomp:\s*(\d+)/m;
const SECCOMP_FILTERS = /^Seccomp_filters:\s*(\d+)/m;

/** Mode of seccomp(2), and how many filters there are: a kernel before Linux 5.9 does not tell of those. */
function seccompOf(tid: number): { mode: number; filters: number } {
  let status: string;
  try {
    status = readFileSync(`/proc/${tid}/status`, 'latin1');
  } catch {
    throw new TaskGone(tid);
  }
  return { mode: Number(SECCOMP_MODE.exec(status)?.[1] ?? 0), filters: Number(SECCOMP_FILTERS.exec(status)?.[1] ?? 0) };
}

let ownSeccomp: ReturnType<typeof seccompOf> | undefined;

/** Whether the guest has put a seccomp filter on a task, beside those that portrace is under itself. */
export function isFiltered(tid: number): boolean {
  ownSeccomp ??= seccompOf(process.pid);
  const { mode, filters } = seccompOf(tid);
  return mode !== ownSeccomp.mode || filters > ownSeccomp.filters;
}

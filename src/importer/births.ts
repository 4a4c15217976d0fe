/** Calls that make a task: kernel/fork.c of Linux 6.6, include/uapi/linux/sched.h. */
import type { ImportedCall } from './import-call.js';
import type { LoggedCall } from './value.js';

export interface Birth {
  readonly pid: number;
  readonly group: number;
  readonly flags: number;
  readonly exitSignal: number;
  /** The new task lives in the address space of its maker. */
  readonly sharesSpace: boolean;
}

const CLONE_VM = 0x100;
const CLONE_VFORK = 0x4000;
const CLONE_THREAD = 0x10000;
/** pid_t has 32 bits. */
export const LARGEST_PID = 2 ** 31 - 1;
const EXIT_SIGNAL = 0xffn;
const SIGCHLD = 17;
const VFORK_FLAGS = CLONE_VM | CLONE_VFORK;

interface Flags {
  readonly flags: number;
  readonly exitSignal: number;
}

const MAKERS: ReadonlyMap<string, (call: ImportedCall) => Flags> = new Map([
  ['fork', () => ({ flags: 0, exitSignal: SIGCHLD })],
  ['vfork', () => ({ flags: VFORK_FLAGS, exitSignal: SIGCHLD })],
  ['clone', ({ facts }: ImportedCall) => split(facts.arguments[0])],
  ['clone3', clone3Flags],
]);

const split = (word: bigint): Flags => ({ flags: Number(word & ~EXIT_SIGNAL & 0xffffffffn), exitSignal: Number(word & EXIT_SIGNAL) });

/** struct clone_args begins with the flags; the exit signal is its fifth word. */
function clone3Flags({ inputs }: ImportedCall): Flags {
  const bytes = inputs[0]?.bytes;
  if (bytes === undefined || bytes.length < 40) return { flags: 0, exitSignal: SIGCHLD };
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { flags: view.getUint32(0, true), exitSignal: view.getUint32(32, true) };
}

/** The task that the call made; its group is its maker's where `isThread`. */
export function birthOf(call: ImportedCall, { result }: LoggedCall): (Birth & { readonly isThread: boolean }) | undefined {
  const maker = MAKERS.get(call.row.name);
  if (maker === undefined || result === undefined || result <= 0n) return undefined;
  const { flags, exitSignal } = maker(call);
  const pid = Number(result);
  if (pid > LARGEST_PID) return undefined;
  return { pid, group: pid, flags, exitSignal, sharesSpace: (flags & CLONE_VM) !== 0, isThread: (flags & CLONE_THREAD) !== 0 };
}

/**
 * Local descriptor tables, modify_ldt(2). They belong to an address space as its memory does, and instructions use them
 * without a call: what a guest writes to them is written in replay, too. The bytes are in the guest's memory, as the call read them.
 */
import { Trouble } from '../base/errors.js';
import type { SyscallFacts } from '../trace/events.js';
import type { ReplayTask } from './task.js';

const SYS_MODIFY_LDT = 154;

/** arch/x86/kernel/ldt.c */
const WRITES: ReadonlySet<bigint> = new Set([1n, 0x11n]);

/** Whether a call wrote to a local descriptor table. */
export const writesDescriptorTable = (call: SyscallFacts | undefined): boolean =>
  call?.number === SYS_MODIFY_LDT && call.result === 0n && WRITES.has(BigInt.asUintN(32, call.arguments[0]));

/** Makes such a call in the task. */
export function writeDescriptorTable(task: ReplayTask, { arguments: args }: SyscallFacts): void {
  const result = task.call(SYS_MODIFY_LDT, args.map(Number));
  if (result !== 0) throw new Trouble('host', `this host refuses the guest's entry of a local descriptor table (modify_ldt, errno ${-result})`);
}

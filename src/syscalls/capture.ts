/** What a row has to say about one call of a guest. */
import type { MemoryInput } from '../trace/events.js';
import type { CallArguments, CapturedRange, GuestMemory } from './guest.js';
import type { SyscallRow } from './row.js';

const NO_INPUTS: readonly MemoryInput[] = [];

/** What the call reads; called at the call's entry, with the registers as at entry. */
export function captureInputs(row: SyscallRow, args: CallArguments, memory: GuestMemory): MemoryInput[] {
  const captured: MemoryInput[] = [];
  if (!row.hasInputs) return captured;
  const call = { args, result: 0, inputs: captured, found: memory, left: memory };
  for (const capture of row.inputs) capture(call, captured);
  return captured;
}

/**
 * Where the kernel wrote; called when the call returned. `result` is the signed result, the
 * kernel's own ones (-512 … -516) included. A range may hold bytes that did not change; a failed
 * call writes nothing unless its row says so.
 *
 * `inputs` is what `captureInputs` gave at the entry: it holds lengths that the kernel has since
 * overwritten. Without it a length counts as what the kernel left there, which may be more.
 *
 * A call that goes on as restart_syscall (219) is asked for with the row, the registers and the
 * inputs of the call that was interrupted, and the result of restart_syscall.
 */
export function outputRanges(
  row: SyscallRow,
  args: CallArguments,
  result: number,
  memory: GuestMemory,
  inputs: readonly MemoryInput[] = NO_INPUTS,
): CapturedRange[] {
  const ranges: CapturedRange[] = [];
  if (!row.hasOutputs) return ranges;
  const call = { args, result, inputs, found: memory, left: memory };
  for (const note of row.outputs) note(call, ranges);
  return ranges;
}

/**
 * False where the row does not know what the call does with its arguments (an unknown ioctl
 * request, say): then the writes must be found by comparing memory.
 */
export function isDescribed(row: SyscallRow, args: CallArguments): boolean {
  for (const sure of row.doubts) if (!sure(args)) return false;
  return true;
}

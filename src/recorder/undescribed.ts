/**
 * Calls that no row describes: what they write is found by comparing the memory around their
 * arguments before and after.
 */
import { ARGUMENT_REGISTERS, type Registers } from '../base/registers.js';
import type { Effect } from '../trace/events.js';
import type { GuestTask } from './task.js';

/** How much is compared behind each argument that looks like a pointer, bytes. */
const WINDOW = 8192;

/** The lowest address that the kernel lets anybody map (vm.mmap_min_addr). */
const LOWEST = 0x10000;
const HIGHEST = 2 ** 47;

export interface Snapshot {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export function snapshotArguments(task: GuestTask, entry: Registers): Snapshot[] {
  const found: Snapshot[] = [];
  for (const register of ARGUMENT_REGISTERS) {
    const start = entry.number(register);
    if (start < LOWEST || start >= HIGHEST) continue;
    const bytes = task.tracee.read(start, WINDOW);
    if (bytes.length > 0) found.push({ address: start, bytes });
  }
  return found;
}

/** The bytes that differ now, as one write for each run of changes. */
export function changesBetween(task: GuestTask, before: readonly Snapshot[]): Effect[] {
  const effects: Effect[] = [];
  for (const { address, bytes } of before) {
    const now = task.tracee.read(address, bytes.length);
    for (let at = 0; at < now.length; at++) {
      if (now[at] === bytes[at]) continue;
      let end = at + 1;
      while (end < now.length && now[end] !== bytes[end]) end++;
      effects.push({
        type: 'memory',
        space: task.space.id,
        address: (address + at) as never,
        bytes: now.slice(at, end),
      });
      at = end;
    }
  }
  return effects;
}

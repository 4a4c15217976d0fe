/**
 * Calls that no row describes: what they write is found by comparing the memory around their
 * arguments, and around the pointers in what these point to, before and after.
 */
import { ARGUMENT_REGISTERS, type Registers } from '../base/registers.js';
import type { Effect } from '../trace/events.js';
import type { GuestTask } from './task.js';

/** How much is compared behind each argument that looks like a pointer, bytes. */
const WINDOW = 8192;

/** How much behind an argument may be a structure with pointers, bytes. */
const STRUCTURE = 256;
const POINTER = 8;

/** The lowest address that the kernel lets anybody map (vm.mmap_min_addr). */
const LOWEST = 0x10000;
const HIGHEST = 2 ** 47;

export interface Snapshot {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export function snapshotArguments(task: GuestTask, entry: Registers): Snapshot[] {
  const found = ARGUMENT_REGISTERS.flatMap((register) => snapshot(task, entry.number(register)));
  return [...found, ...found.flatMap(({ bytes }) => pointersIn(bytes)).flatMap((pointer) => snapshot(task, pointer))];
}

function snapshot(task: GuestTask, start: number): Snapshot[] {
  if (start < LOWEST || start >= HIGHEST) return [];
  const bytes = task.tracee.read(start, WINDOW);
  return bytes.length > 0 ? [{ address: start, bytes }] : [];
}

function pointersIn(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, STRUCTURE));
  const words = Array.from({ length: Math.floor(view.byteLength / POINTER) }, (_, index) => Number(view.getBigUint64(index * POINTER, true)));
  return [...new Set(words)];
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

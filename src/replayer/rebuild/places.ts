/** Where the memory that a recorded call wrote is in another build. */
import { ARGUMENT_REGISTERS, type Registers } from '../../base/registers.js';
import { capturedMemory, outputRanges, rowOf, type GuestMemory } from '../../syscalls/index.js';
import type { MemoryInput, TraceEvent } from '../../trace/events.js';
import { memoryAfter } from '../../trace/index.js';

/** A call at its entry. */
export interface Entry {
  readonly number: number;
  readonly args: Registers;
  readonly inputs: readonly MemoryInput[];
}

export interface Returned {
  readonly recorded: Entry;
  readonly actual: Entry;
  /** The event of the return. */
  readonly event: TraceEvent;
  readonly result: number;
}

/** Answers the actual address for a recorded one; undefined where nothing tells. */
export type Places = (recorded: number) => number | undefined;

/** Both calls wrote the same pieces in the same order, as their row says. */
export function placesOf({ recorded, actual, event, result }: Returned, live: GuestMemory): Places {
  const row = rowOf(recorded.number);
  if (!row) return () => undefined;
  const told = memoryAfter(event);
  const from = outputRanges(row, recorded.args, result, withFallback(told, capturedMemory(recorded.inputs)), recorded.inputs);
  const expected = behindArguments(recorded.args, actual.args, told);
  const to = outputRanges(row, actual.args, result, withFallback(expected, live), actual.inputs);
  return (address) => {
    const at = from.findIndex((range) => range.address <= address && address < range.address + range.length);
    return at < 0 || at >= to.length ? undefined : to[at]!.address + (address - from[at]!.address);
  };
}

function withFallback(first: GuestMemory, second: GuestMemory): GuestMemory {
  return {
    read(address, length) {
      const bytes = first.read(address, length);
      return bytes.length > 0 ? bytes : second.read(address, length);
    },
  };
}

/** What an argument of the actual call points at as it is going to be: a length that the kernel tells, say. */
function behindArguments(recorded: Registers, actual: Registers, told: GuestMemory): GuestMemory {
  return {
    read(address, length) {
      const register = ARGUMENT_REGISTERS.find((each) => actual.number(each) === address);
      return register === undefined ? new Uint8Array(0) : told.read(recorded.number(register), length);
    },
  };
}

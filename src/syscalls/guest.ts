/**
 * What a row sees of the guest: registers at the call's entry and memory, which may be a live
 * task's, or what a trace kept of it.
 */
import type { Registers } from '../base/registers.js';
import type { MemoryInput } from '../trace/events.js';
import { showScalar, type Wording } from './kinds/kind.js';
import { address } from './kinds/numbers.js';

/**
 * Reads guest memory; returns fewer bytes where the memory ends, an empty array where nothing is
 * readable. The result is a fresh copy.
 */
export interface GuestMemory {
  read(address: number, length: number): Uint8Array;
}

/** Where the kernel wrote. */
export interface CapturedRange {
  address: number;
  /** Bytes, at least 1. */
  length: number;
}

/** The registers as at the call's entry. */
export type CallArguments = Registers;

/** No more than this is kept of what one call reads through one pointer, bytes. */
export const INPUT_LIMIT = 65536;

/** One call, at its entry or at its return. */
export interface CallView {
  readonly args: CallArguments;
  /** Signed; 0 at the entry. */
  readonly result: number;
  /** What was captured at the entry (so far, while it is being captured). */
  readonly inputs: readonly MemoryInput[];
  /** Memory as the call found it, where `inputs` does not have it. */
  readonly found: GuestMemory;
  /** Memory as the call left it. */
  readonly left: GuestMemory;
  /** How it is put into words; as it is without it. */
  readonly words?: Wording;
}

/** The memory as the call found it: a captured input wins, since the call may have changed it. */
export function before(call: CallView, address: number, length: number): Uint8Array {
  for (const input of call.inputs) {
    const at = address - input.address;
    if (at >= 0 && at < input.bytes.length && at + length <= input.bytes.length) {
      return input.bytes.subarray(at, at + length);
    }
  }
  return call.found.read(address, length);
}

/** Keeps up to INPUT_LIMIT bytes at the address as an input of the call. */
export function keepInput(call: CallView, to: MemoryInput[], input: { argument: number; address: number; length: number }): void {
  if (input.address === 0 || !(input.length > 0)) return;
  const bytes = call.found.read(input.address, Math.min(input.length, INPUT_LIMIT));
  if (bytes.length > 0) to.push({ argument: input.argument, address: input.address as MemoryInput['address'], bytes });
}

/** A pointer whose memory does not show. */
export const showPointer = (call: CallView, at: number): string => showScalar(address, BigInt(at), call.words);

/** Notes that the kernel wrote there. */
export function noteRange(to: CapturedRange[], address: number, length: number): void {
  if (address !== 0 && length > 0) to.push({ address, length });
}

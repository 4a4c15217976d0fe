/** What a call read, as memory. */
import type { MemoryInput } from '../trace/events.js';
import type { GuestMemory } from './guest.js';

const NOTHING = new Uint8Array(0);

export function capturedMemory(inputs: readonly MemoryInput[]): GuestMemory {
  return {
    read(address, length) {
      for (const input of inputs) {
        const at = address - input.address;
        if (at >= 0 && at < input.bytes.length) return input.bytes.subarray(at, at + length);
      }
      return NOTHING;
    },
  };
}

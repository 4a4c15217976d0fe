/** Memory as an event left it. */
import type { MemoryWrite, TraceEvent } from './events.js';

export interface ReadableMemory {
  /** Up to `length` bytes; fewer where no more is known. */
  read(address: number, length: number): Uint8Array;
}

const NOTHING_TOLD: ReadableMemory = { read: () => new Uint8Array(0) };

/**
 * What the event's writes show of memory afterwards, the last write winning. Any address and length
 * may be asked for: calls have wild arguments.
 */
export function memoryAfter(event: Pick<TraceEvent, 'effects'>): ReadableMemory {
  const writes = event.effects.filter((effect) => effect.type === 'memory').reverse();
  if (writes.length === 0) return NOTHING_TOLD;
  return {
    read(address, length) {
      const pieces: Uint8Array[] = [];
      for (let at = address; at < address + length; at += pieces.at(-1)!.length) {
        const piece = lastWritten(writes, at, address + length);
        if (piece === undefined) break;
        pieces.push(piece);
      }
      return new Uint8Array(Buffer.concat(pieces));
    },
  };
}

/** From the address on up to where another write shows; the writes are in order, the last first. */
function lastWritten(
  writes: readonly MemoryWrite[],
  at: number,
  limit: number,
): Uint8Array | undefined {
  const place = writes.findIndex(({ address, bytes }) => address <= at && at < address + bytes.length);
  const write = writes[place];
  if (write === undefined) return undefined;
  const later = writes.slice(0, place).map(({ address }) => address).filter((start) => start > at);
  const end = Math.min(write.address + write.bytes.length, limit, ...later);
  return write.bytes.subarray(at - write.address, end - write.address);
}

/** The bytes that a call wrote, from the guest's memory. */
import type { SyscallFacts } from '../trace/events.js';

/** writev, pwritev, pwritev2: an array of struct iovec (writev(2)). */
const VECTORED: ReadonlySet<number> = new Set([20, 296, 328]);
const IOVEC_SIZE = 16;
/** sendfile, splice, copy_file_range: what they write is in no memory. */
const MOVERS: ReadonlySet<number> = new Set([40, 275, 326]);

/** MAX_RW_COUNT and UIO_MAXIOV of the kernel. */
const LARGEST_WRITE = 0x7ffff000;
const LARGEST_VECTOR = 1024;

type Read = (address: number, length: number) => Uint8Array;

/** The parts of what a write call wrote, in order; together as long as its result. */
export function writtenParts(call: SyscallFacts, read: Read): Uint8Array[] {
  let rest = Number(call.result);
  const [, address, count] = call.arguments.map(Number) as [number, number, number];
  // A trace may hold anything: what no kernel writes at once is nothing to show.
  if (!(rest > 0 && rest <= LARGEST_WRITE) || !(count >= 0) || MOVERS.has(call.number)) return [];
  if (!VECTORED.has(call.number)) return [read(address, rest)];
  const table = read(address, Math.min(count, LARGEST_VECTOR) * IOVEC_SIZE).slice();
  const words = new BigUint64Array(table.buffer, 0, table.length >> 3);
  const parts: Uint8Array[] = [];
  for (let i = 0; i + 1 < words.length && rest > 0; i += 2) {
    const length = Math.min(rest, Number(words[i + 1]));
    if (length > 0) parts.push(read(Number(words[i]), length));
    rest -= length;
  }
  return parts;
}

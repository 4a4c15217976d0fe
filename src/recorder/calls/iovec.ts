/** Reading struct iovec (sys/uio.h): where calls found memory of a task. */
import type { Tracee } from '../../tracee/index.js';

export interface MemoryPart {
  readonly address: number;
  readonly length: number;
}

const IOVEC_SIZE = 16;
/** UIO_MAXIOV of linux/uio.h. */
const MOST = 1024;

/** The first `total` bytes of a vector in a task's memory, in its order. */
export function vectorParts(tracee: Tracee, at: number, count: number, total: number): MemoryPart[] {
  const bytes = tracee.read(at, IOVEC_SIZE * Math.min(count, MOST));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const parts: MemoryPart[] = [];
  let left = total;
  for (let next = 0; left > 0 && next + IOVEC_SIZE <= bytes.length; next += IOVEC_SIZE) {
    const length = Math.min(left, Number(view.getBigUint64(next + 8, true)));
    parts.push({ address: Number(view.getBigUint64(next, true)), length });
    left -= length;
  }
  return parts;
}

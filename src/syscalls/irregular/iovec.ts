/**
 * iovec arrays (readv(2)): include/uapi/linux/uio.h. The kernel fills or reads them in order, up
 * to the number of bytes that the call returned.
 */
import type { Description, Plan } from '../argument.js';
import { before, INPUT_LIMIT, keepInput, noteRange, showPointer, type CallView, type CapturedRange } from '../guest.js';
import { bytes as anyBytes } from '../kinds/bytes.js';
import { showScalar, showWhole } from '../kinds/kind.js';
import { address } from '../kinds/numbers.js';
import { struct } from '../kinds/struct.js';
import { size } from '../kinds/numbers.js';
import { u64 } from '../little-endian.js';
import { EFAULT } from '../outcome.js';
import type { MemoryInput } from '../../trace/events.js';

export const iovec = struct('iovec', 16, { iov_base: [0, address], iov_len: [8, size] });

/** UIO_MAXIOV: the kernel takes no more. */
const MOST = 1024;
/** So many are shown. */
const SHOWN = 16;
/** Bytes that are enough to show a buffer as it is. */
const BEGINNING = 64;

export interface Vector {
  /** Which argument led there. */
  readonly argument: number;
  readonly address: number;
  /** Elements. */
  readonly count: number;
}

interface Buffer {
  readonly address: number;
  readonly length: number;
}

/** The buffers that the array names, as the call found it. */
export function buffersOf(call: CallView, { address: at, count }: Vector): Buffer[] {
  if (at === 0 || !(count > 0)) return [];
  const array = before(call, at, Math.min(count, MOST) * iovec.size);
  const buffers: Buffer[] = [];
  for (let offset = 0; offset + iovec.size <= array.length; offset += iovec.size) {
    buffers.push({ address: u64(array, offset), length: u64(array, offset + 8) });
  }
  return buffers;
}

/** Keeps the array itself. */
export function keepVector(call: CallView, to: MemoryInput[], { argument, address: at, count }: Vector): void {
  keepInput(call, to, { argument, address: at, length: Math.min(count, MOST) * iovec.size });
}

/** Keeps the array and what its buffers hold, INPUT_LIMIT bytes of them together. */
export function keepVectorData(call: CallView, to: MemoryInput[], vector: Vector): void {
  keepVector(call, to, vector);
  let room = INPUT_LIMIT;
  for (const buffer of buffersOf(call, vector)) {
    if (room <= 0) return;
    keepInput(call, to, { argument: vector.argument, address: buffer.address, length: Math.min(buffer.length, room) });
    room -= buffer.length;
  }
}

/** Notes the buffers as written, in order, up to `total` bytes. */
export function noteVector({ call, to, vector, total }: { call: CallView; to: CapturedRange[]; vector: Vector; total: number }): void {
  let rest = total;
  for (const buffer of buffersOf(call, vector)) {
    if (rest <= 0) return;
    const length = Math.min(buffer.length, rest);
    noteRange(to, buffer.address, length);
    rest -= length;
  }
}

/** The array with what its buffers hold: `total` bytes of it matter. */
export function showVector(call: CallView, vector: Vector, { total, read }: { total: number; read: (address: number, length: number) => Uint8Array }): string {
  if (vector.address === 0) return 'NULL';
  const buffers = buffersOf(call, vector);
  if (buffers.length === 0) return vector.count === 0 ? '[]' : showPointer(call, vector.address);
  let rest = total;
  const shown = buffers.slice(0, SHOWN).map((buffer) => {
    const length = Math.max(0, Math.min(buffer.length, rest));
    rest -= length;
    const data = read(buffer.address, call.words ? length : Math.min(length, BEGINNING));
    const base = length > 0 && data.length > 0 ? showWhole(anyBytes, data, length, call.words) : showPointer(call, buffer.address);
    return `{iov_base=${base}, iov_len=${showScalar(size, BigInt(buffer.length), call.words)}}`;
  });
  if (buffers.length > SHOWN) shown.push('...');
  return `[${shown.join(', ')}]`;
}

/** What a call does with the buffers. */
type Use = 'names' | 'in' | 'out' | 'inout';

/** An iovec array whose length the neighbour gives. `names`: the call reads the array only. */
export function vector(countName: string, use: Use): Description {
  return {
    kind: iovec,
    direction: use === 'names' ? 'in' : use,
    bind({ index, register, neighbour }): Plan {
      const count = neighbour(countName);
      const at = (call: CallView): Vector => ({ argument: index, address: call.args.number(register), count: count(call.args) });
      const reads = use === 'in' || use === 'inout';
      const writes = use === 'out' || use === 'inout';
      return {
        inputs: (call, to) => (reads ? keepVectorData : keepVector)(call, to, at(call)),
        ...(writes && {
          outputs: (call: CallView, to: CapturedRange[]) => {
            // Where memory is missing, some of the buffers may have been filled all the same.
            const total = call.result === EFAULT ? Infinity : call.result;
            if (total > 0) noteVector({ call, to, vector: at(call), total });
          },
        }),
        show: (call) =>
          showVector(call, at(call), {
            total: use === 'out' ? call.result : use === 'names' ? 0 : Infinity,
            read: use === 'out' ? (from, length) => call.left.read(from, length) : (from, length) => before(call, from, length),
          }),
      };
    },
  };
}

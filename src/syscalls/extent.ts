/** How long the memory behind a pointer is. */
import type { Place } from './argument.js';
import { before, type CallView } from './guest.js';
import { u32 } from './little-endian.js';
import { EFAULT } from './outcome.js';

/** Bytes. */
export type Measure = (call: CallView) => number;

export interface Extent {
  /** `unit` is the size of one element, bytes. */
  bind(place: Place, unit: number): Measure;
}

/** One element. */
export const one: Extent = { bind: (_place, unit) => () => unit };

/** A fixed number of elements. */
export const times = (count: number): Extent => ({ bind: (_place, unit) => () => count * unit });

/** As many bytes as the neighbour argument says, whatever the kind's size. */
export const bytesIn = (name: string): Extent => ({
  bind(place) {
    const read = place.neighbour(name);
    return (call) => read(call.args);
  },
});

/** Only the beginning of the value. */
export const firstBytes = (length: number): Extent => ({ bind: () => () => length });

/** As many elements as the neighbour argument says. */
export const count = (name: string): Extent => ({
  bind(place, unit) {
    const read = place.neighbour(name);
    return (call) => read(call.args) * unit;
  },
});

/** So many elements may be there of a copy that met missing memory. */
const MOST_PARTIAL = 1048576;

/** As many elements as the call returned, but no more than the neighbour argument allows. */
export const returned = (limit: string): Extent => ({
  bind(place, unit) {
    const read = place.neighbour(limit);
    return (call) => {
      const most = read(call.args);
      return (call.result === EFAULT ? Math.min(most, MOST_PARTIAL) : Math.min(call.result, most)) * unit;
    };
  },
});

/**
 * The neighbour points at a 32-bit length (socklen_t): the room before the call, what there was
 * to write after it. The lesser of the two was written.
 */
export const lengthAt = (name: string): Extent => ({
  bind(place) {
    const pointer = place.neighbour(name);
    return (call) => {
      const at = pointer(call.args);
      if (at === 0) return 0;
      return Math.min(u32(before(call, at, 4), 0), u32(call.left.read(at, 4), 0));
    };
  },
});

/** The neighbour counts bits, and they come in whole 64-bit words (fd_set). */
export const bitsOf = (name: string): Extent => ({
  bind(place) {
    const read = place.neighbour(name);
    return (call) => Math.ceil(read(call.args) / 64) * 8;
  },
});

/** The first member is a 32-bit length of the whole, and `otherwise` stands for zero. */
export const sizedByItself = (at: number, otherwise: number): Extent => ({
  bind: ({ register }) => (call) => u32(before(call, call.args.number(register) + at, 4), 0) || otherwise,
});

/** None of the above. */
export const measured = (measure: (place: Place) => Measure): Extent => ({ bind: (place) => measure(place) });

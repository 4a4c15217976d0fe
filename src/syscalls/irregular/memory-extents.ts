/** Lengths that memory calls count in pages and bits: mm/mincore.c, mm/mempolicy.c, Linux 6.6. */
import { PAGE_SIZE } from '../../base/brands.js';
import { measured, type Extent } from '../extent.js';

/** One byte for each page. */
export const pagesOf = (lengthName: string): Extent =>
  measured(({ neighbour }) => {
    const length = neighbour(lengthName);
    return (call) => Math.ceil(length(call.args) / PAGE_SIZE);
  });

/** The kernel takes one bit less than it is told, and copies whole 64-bit words. */
export const bytesOfBits = (bitsName: string): Extent =>
  measured(({ neighbour }) => {
    const bits = neighbour(bitsName);
    return (call) => Math.ceil((bits(call.args) - 1) / 64) * 8;
  });

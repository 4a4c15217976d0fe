/** Hashes of pages by which the same page is found again. Who reads it checks it against SHA-256: these need not be safe from malice. */
import { loadAddon } from '../base/addon.js';
import { PAGE_SIZE } from '../base/brands.js';

interface HashAddon {
  hashPages(bytes: Uint8Array, into: Float64Array): void;
}

const { hashPages } = loadAddon() as HashAddon;

/** Two whole numbers below 2^52 for each whole page of the bytes (XXH3, 128 bits, without the low 12 of each half). */
export function pageHashes(bytes: Uint8Array): Float64Array {
  const hashes = new Float64Array(2 * Math.floor(bytes.length / PAGE_SIZE));
  hashPages(bytes, hashes);
  return hashes;
}

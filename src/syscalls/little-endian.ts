/** Little-endian words in a byte array. Bytes behind the end count as zero. */

export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256;

export const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) + u16(bytes, at + 2) * 65536;

export const i32 = (bytes: Uint8Array, at: number): number => u32(bytes, at) | 0;

/** An unsigned 64-bit word as a number: exact below 2^53, which addresses and sizes are. */
export const u64 = (bytes: Uint8Array, at: number): number => u32(bytes, at) + u32(bytes, at + 4) * 4294967296;

/** An unsigned word of 1 to 8 bytes, exact. */
export function word(bytes: Uint8Array, at: number, size: number): bigint {
  if (size <= 4) {
    let value = 0;
    for (let index = size - 1; index >= 0; index--) value = value * 256 + (bytes[at + index] ?? 0);
    return BigInt(value);
  }
  return BigInt(u32(bytes, at)) + (BigInt(u32(bytes, at + 4)) << 32n);
}

/** Whole numbers as few bytes: LEB128, seven bits a byte, the low ones first. Shared by the command and the page. */

const MORE = 0x80;

/** Values are 0 … 2^53 - 1. */
export function encodeVarints(values: ArrayLike<number>): Uint8Array {
  let bytes = new Uint8Array(values.length + 16);
  let at = 0;
  for (let index = 0; index < values.length; index++) {
    if (at + 8 > bytes.length) bytes = grown(bytes);
    let value = values[index]!;
    for (; value >= MORE; value = Math.floor(value / MORE)) bytes[at++] = (value % MORE) | MORE;
    bytes[at++] = value;
  }
  return bytes.subarray(0, at);
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}

export function decodeVarints(bytes: Uint8Array, count: number): Float64Array {
  const values = new Float64Array(count);
  let at = 0;
  for (let index = 0; index < count; index++) {
    let value = 0;
    for (let unit = 1; ; unit *= MORE) {
      const byte = bytes[at++]!;
      value += (byte % MORE) * unit;
      if (byte < MORE) break;
    }
    values[index] = value;
  }
  return values;
}

/** The distances from one value to the next; they may be negative, and are at most 2^52. */
export function encodeDistances(values: ArrayLike<number>): Uint8Array {
  const distances = new Float64Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const distance = values[index]! - (index === 0 ? 0 : values[index - 1]!);
    distances[index] = distance < 0 ? -2 * distance - 1 : 2 * distance;
  }
  return encodeVarints(distances);
}

export function decodeDistances(bytes: Uint8Array, count: number): Float64Array {
  const values = decodeVarints(bytes, count);
  let last = 0;
  for (let index = 0; index < count; index++) {
    const value = values[index]!;
    values[index] = last += value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }
  return values;
}

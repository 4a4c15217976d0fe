/** Where an address is, in words that do not depend on where the kernel put things. */

/** A part of an address space that has a name: a loaded file, the heap, the stack, anonymous memory. */
export interface Region {
  /** `libc.so.6`, `[stack]`, `[heap]`, `anon` … */
  readonly name: string;
  /** Tells regions of one name apart, in order of creation: `anon#3`. Absent where the name is enough. */
  readonly number?: number;
  /** The address that offsets count from. */
  readonly base: number;
}

/** An address as its region and the distance from the region's base. */
export interface Place {
  readonly name: string;
  readonly number?: number;
  /** Bytes; negative in a stack, whose base is where the program found it. */
  readonly offset: number;
}

export function placeIn(region: Region, address: number): Place {
  const { name, number, base } = region;
  return { name, offset: address - base, ...(number !== undefined && { number }) };
}

/** `libc.so.6+0x26000`, `[stack]-0x40`, `anon#3`. */
export function showPlace({ name, number, offset }: Place): string {
  const what = number === undefined ? name : `${name}#${number}`;
  if (offset === 0) return what;
  return `${what}${offset < 0 ? '-' : '+'}0x${Math.abs(offset).toString(16)}`;
}

/**
 * The same bytes without the methods of Buffer, which SQLite and zlib give: its `slice` does not
 * copy and its `toString` decodes.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A stored byte string. */
export class Content {
  constructor(
    /** Its row in contents. */
    readonly id: number,
    /** The first HASH_SIZE bytes of its SHA-256. */
    readonly hash: Uint8Array,
  ) {}
}

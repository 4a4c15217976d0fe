/** Zstandard (RFC 8878), which Node.js 20 does not have: that of libzstd. */
import { loadAddon } from '../base/addon.js';

interface ZstdAddon {
  /** Answer the number of bytes in `output`, or a negative errno: ENOSPC where they have no room, EBADMSG. */
  zstdCompress(output: Uint8Array, input: Uint8Array, level: number): number;
  zstdDecompress(output: Uint8Array, input: Uint8Array): number;
}

const { zstdCompress, zstdDecompress } = loadAddon() as ZstdAddon;

/** Packs into `room` and answers the part of it that is used; undefined where it is too small. Levels are 1 … 22. */
export function compressInto(room: Uint8Array, bytes: Uint8Array, level: number): Uint8Array | undefined {
  const size = zstdCompress(room, bytes, level);
  return size < 0 ? undefined : room.subarray(0, size);
}

/** Answers undefined where these are no packed bytes, or they unpack to more than `limit` bytes. */
export function decompress(packed: Uint8Array, limit: number): Uint8Array | undefined {
  const bytes = new Uint8Array(limit);
  const size = zstdDecompress(bytes, packed);
  return size < 0 ? undefined : bytes.subarray(0, size);
}

/**
 * The numbers that make a file a trace of this format. Changing any of them, the schema's columns
 * or what a column means is a new format version.
 */

/** `PRAGMA application_id` of every trace: the letters "PTrc". */
export const APPLICATION_ID = 0x50547263;

/** `PRAGMA user_version` of the traces that this code writes, and the newest that it reads. */
export const FORMAT_VERSION = 7;

/**
 * Rows that belong to an event have the id `event * POSITIONS + position`: they lie in the file in
 * the order of the recording, and one range of ids is one range of events, without an index.
 */
export const POSITION_BITS = 20;
export const POSITIONS = 2 ** POSITION_BITS;

/** The unit of times of events: nanoseconds. */
export const TICK = 1000;

/** Longer byte strings are stored once by content, shorter ones in the row that has them. Bytes. */
export const INLINE_LIMIT = 24;

/** Bytes of a content hash: the first of SHA-256. */
export const HASH_SIZE = 16;

/** Contents are compressed together in blocks of this many bytes, the last block of fewer. */
export const BLOCK_SIZE = 2097152;

/**
 * Every this many events all that is known of registers is forgotten, so that decoding can begin
 * there: before the events 1, 1 + interval, 1 + 2 * interval …
 */
export const KEYFRAME_INTERVAL = 16384;

/** How the bytes of a block are stored. */
export const BLOCK_METHOD = { raw: 0, brotli: 1, zstd: 2 } as const;

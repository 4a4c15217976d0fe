/**
 * ioctl requests on files that end in a list: struct fiemap, file_dedupe_range,
 * fsverity_digest (include/uapi/linux/fiemap.h, fs.h, fsverity.h; fs/ioctl.c, Linux 6.6).
 */
import type { Place } from '../argument.js';
import type { Measure } from '../extent.js';
import { before } from '../guest.js';
import { u16, u32 } from '../little-endian.js';

const FIEMAP = { size: 32, mapped: 20, room: 24, extent: 56 } as const;
const RANGE = { size: 24, count: 16, info: 32 } as const;
const DIGEST = { size: 4, length: 2 } as const;

/** The extents that the kernel found, as far as there was room. */
export const mappedExtents = ({ register }: Place): Measure => (call) => {
  const at = call.args.number(register);
  const room = u32(before(call, at, FIEMAP.size), FIEMAP.room);
  const mapped = u32(call.left.read(at, FIEMAP.size), FIEMAP.mapped);
  return FIEMAP.size + Math.min(room, mapped) * FIEMAP.extent;
};

/** Each destination gets its outcome. */
export const deduplicated = ({ register }: Place): Measure => (call) => {
  const destinations = u16(before(call, call.args.number(register), RANGE.size), RANGE.count);
  return RANGE.size + destinations * RANGE.info;
};

/** The digest, as far as there was room. */
export const digestMeasured = ({ register }: Place): Measure => (call) => {
  const at = call.args.number(register);
  const room = u16(before(call, at, DIGEST.size), DIGEST.length);
  return DIGEST.size + Math.min(room, u16(call.left.read(at, DIGEST.size), DIGEST.length));
};

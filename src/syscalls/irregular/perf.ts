/** The attributes of perf_event_open(2): kernel/events/core.c, Linux 6.6. */
import { both, reads, writes } from '../argument.js';
import { firstBytes, measured } from '../extent.js';
import { before } from '../guest.js';
import { bytes } from '../kinds/bytes.js';
import { u32 } from '../little-endian.js';
import type { Outcome } from '../outcome.js';

const SIZE_AT = 4;
/** PERF_ATTR_SIZE_VER0: what a size of zero stands for. */
const FIRST_SIZE = 64;
const E2BIG = -7;
const tooLong: Outcome = (result) => result === E2BIG;

const ownSize = measured(
  ({ register }) =>
    (call) => u32(before(call, call.args.number(register) + SIZE_AT, 4), 0) || FIRST_SIZE,
);

/** Where they are longer than the kernel knows, it says its own length in the second word. */
export const perfAttributes = both(reads(bytes, ownSize), writes(bytes, firstBytes(SIZE_AT + 4), tooLong));

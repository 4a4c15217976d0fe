/**
 * CLOCK_MONOTONIC for the thread that traces. It does without its time stamp counter while tasks run
 * (native/time_stamps.h); performance.now() and process.hrtime() need it, and bringing it back takes as long as a stop.
 */
import { addon } from './addon.js';

const CLOCK_MONOTONIC = 1;
const TIMESPEC = new BigInt64Array(2);
const TIMESPEC_BYTES = new Uint8Array(TIMESPEC.buffer);

/** Milliseconds since some moment in the past. */
export const milliseconds = (): number => addon.milliseconds();

/** The same in nanoseconds, exactly. */
export function exactNanoseconds(): bigint {
  addon.clockTime(CLOCK_MONOTONIC, TIMESPEC_BYTES);
  return TIMESPEC[0]! * 1_000_000_000n + TIMESPEC[1]!;
}

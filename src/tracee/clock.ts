/**
 * CLOCK_MONOTONIC for the thread that traces. It does without its time stamp counter while tasks run
 * (native/time_stamps.h); performance.now() and process.hrtime() need it, and bringing it back takes as long as a stop.
 */
import { addon } from './addon.js';

const CLOCK_MONOTONIC = 1;
const CLOCK_REALTIME_COARSE = 5;
const TIMESPEC = new BigInt64Array(2);
const TIMESPEC_BYTES = new Uint8Array(TIMESPEC.buffer);

/** Milliseconds since some moment in the past. */
export const milliseconds = (): number => addon.milliseconds();

/** The same in nanoseconds, exactly. */
export function exactNanoseconds(): bigint {
  addon.clockTime(CLOCK_MONOTONIC, TIMESPEC_BYTES);
  return TIMESPEC[0]! * 1_000_000_000n + TIMESPEC[1]!;
}

/** The time of the clock that the kernel stamps files with (time(7)): milliseconds since 1970. */
export function fileTime(): number {
  addon.clockTime(CLOCK_REALTIME_COARSE, TIMESPEC_BYTES);
  return Number(TIMESPEC[0]!) * 1000 + Number(TIMESPEC[1]!) / 1e6;
}

/** How often somebody is told of progress, milliseconds. */
const PROGRESS = 50;

/** A callback of somebody else's, who may make threads: they would be without the counter as well. */
export const withTimeStamps =
  <Arguments extends unknown[]>(callback: (...args: Arguments) => void) =>
  (...args: Arguments): void => {
    addon.takeBackTimeStamps();
    callback(...args);
  };

/** Makes a callback that may be called at every stop one that hears of few of them: of the first, and twenty a second. */
export function nowAndThen<Progress>(callback: (progress: Progress) => void): (progress: () => Progress) => void {
  const tell = withTimeStamps(callback);
  let told = -Infinity;
  return (progress) => {
    const now = milliseconds();
    if (now - told < PROGRESS) return;
    told = now;
    tell(progress());
  };
}

/** Numbers as people read them. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytesText(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  for (; amount >= 1024 && unit < UNITS.length - 1; unit++) amount /= 1024;
  return `${unit === 0 ? amount : amount.toFixed(1)} ${UNITS[unit]}`;
}

export const countText = (count: number): string => count.toLocaleString('en-US');

/** Nanoseconds in a unit that keeps them short. */
export function durationText(time: number): string {
  if (time < 1e3) return `${time} ns`;
  if (time < 1e6) return `${(time / 1e3).toFixed(1)} µs`;
  if (time < 1e9) return `${(time / 1e6).toFixed(2)} ms`;
  return `${(time / 1e9).toFixed(3)} s`;
}

/** A moment: seconds since the recording began, to the microsecond. */
export const momentText = (time: number): string => (time / 1e9).toFixed(6);

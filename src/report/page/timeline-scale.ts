/** The stretch of a trace that the timeline shows. Along its axis are nanoseconds, or numbers of events. */
import type { Recording } from './recording.js';

export type Axis = 'time' | 'order';

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Where each row lies on the axis; never falling. */
export function positionsOf(recording: Recording, axis: Axis): Float64Array {
  if (axis === 'time') return recording.clock;
  return Float64Array.from({ length: recording.rows }, (_, row) => recording.eventOf(row));
}

export const wholeRange = (positions: Float64Array, axis: Axis): Range => ({
  from: axis === 'time' ? 0 : 1,
  to: Math.max((positions.at(-1) ?? 0) * 1.002, 2),
});

/** How much closer one step of the keys or buttons is. */
export const ZOOM = 1.5;

/** `factor` below 1 shows less; `centre` stays where it is. */
export function zoomed({ from, to }: Range, factor: number, centre: number, whole: Range): Range {
  const length = Math.min(whole.to - whole.from, Math.max(SHORTEST, (to - from) * factor));
  const share = (centre - from) / (to - from);
  return inside({ from: centre - length * share, to: centre + length * (1 - share) }, whole);
}

/** Nanoseconds or events. */
const SHORTEST = 10;

export function inside({ from, to }: Range, whole: Range): Range {
  const length = Math.min(to - from, whole.to - whole.from);
  const start = Math.min(Math.max(from, whole.from), whole.to - length);
  return { from: start, to: start + length };
}

/** Index of the first of the rows, which are in order, that does not lie before the position. */
export function firstAt(rows: Uint32Array, positions: Float64Array, position: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (positions[rows[middle]!]! < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Round positions for the lines of a ruler, about `count` of them. */
export function ticksOf({ from, to }: Range, count: number): number[] {
  const rough = (to - from) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough)!;
  const ticks: number[] = [];
  for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) ticks.push(tick);
  return ticks;
}

/** Digits behind the point that tell neighbouring ticks apart. */
export function tickText(tick: number, { from, to }: Range, axis: Axis): string {
  if (axis === 'order') return Math.round(tick).toLocaleString('en-US');
  const digits = Math.min(9, Math.max(0, Math.ceil(9 - Math.log10((to - from) / 10))));
  return `${(tick / 1e9).toFixed(digits)} s`;
}

/** The lines of some events of a trace, as `portrace show` prints them. */
import { eventIndex } from '../base/brands.js';
import type { OpenTrace } from '../diff/index.js';
import { showEvent } from './event.js';

/** Events that lie so near to each other are read in one go: reading begins at a keyframe anyway. */
const NEAR = 4096;

export function eventLines(trace: OpenTrace, indexes: Iterable<number>): Record<number, string> {
  const wanted = new Set(indexes);
  const lines: Record<number, string> = {};
  for (const { from, to } of rangesOf([...wanted].sort((left, right) => left - right))) {
    for (const event of trace.events({ from: eventIndex(from), to: eventIndex(to) })) {
      if (wanted.has(event.index)) lines[event.index] = showEvent(event);
    }
  }
  return lines;
}

function rangesOf(sorted: readonly number[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (const index of sorted) {
    const last = ranges.at(-1);
    if (last && index - last.to < NEAR) last.to = index;
    else ranges.push({ from: index, to: index });
  }
  return ranges;
}

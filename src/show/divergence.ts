/** The report of a divergence. */
import type { Difference, Divergence } from '../replayer/divergence.js';
import type { TraceEvent } from '../trace/events.js';
import { showEvent } from './event.js';

/** Several lines: what, where, expected and actual, the events before. */
export function showDivergence({ event, reason, differences, before }: Divergence): string {
  const lines = [`portrace: diverged at event ${event.index}, task ${event.task}: ${reason}`, `  event: ${text(event)}`];
  if (differences.length > 0) {
    const width = Math.max(...differences.map(({ what }) => what.length), 8);
    lines.push(`  ${'what'.padEnd(width)}  expected -> actual`, ...differences.map((each) => differenceLine(each, width)));
  }
  if (before.length > 0) lines.push('  the events before:', ...before.map((each) => `    ${text(each)}`));
  return `${lines.join('\n')}\n`;
}

const differenceLine = ({ what, expected, actual }: Difference, width: number): string =>
  `  ${what.padEnd(width)}  ${expected} -> ${actual}`;

const text = (event: TraceEvent): string => `${event.index}  task ${event.task}  ${showEvent(event)}`;

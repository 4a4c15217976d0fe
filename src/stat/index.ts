/** Counts, errors, times and bytes of the calls of one trace or several. */
import type { OpenTrace } from '../diff/open-trace.js';
import type { StatBy } from './groupings.js';
import { statTrace, type TraceStat } from './trace-stat.js';

export { isWrite } from './call-bytes.js';
export { fileOfCall, NO_FILE } from './file-of-call.js';
export { groupingBy, isError, STAT_BY, type CallObserver, type EndedCall, type Grouping, type StatBy, type StatRow } from './groupings.js';
export { MadeCalls, type CallSpan, type MadeCall } from './made-calls.js';
export { standardStream } from './standard-stream.js';
export { add, noCalls, type Tally } from './tally.js';
export { CallCounter, type MappingCount, type TraceStat } from './trace-stat.js';

export interface StatReport {
  readonly by: StatBy;
  /** In the order in which they were given. */
  readonly traces: readonly TraceStat[];
}

/** Counts the calls of each trace, which it reads through. Throws Trouble('trace') where one is damaged. */
export const statTraces = (traces: readonly OpenTrace[], { by = 'call' }: { readonly by?: StatBy } = {}): StatReport => ({
  by,
  traces: traces.map((trace) => statTrace(trace, by)),
});

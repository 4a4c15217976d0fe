/**
 * portrace as a library: record a guest, replay a trace, read a trace, compare two.
 *
 * `record` and `replay` use ptrace, which belongs to a thread: call them on the main thread. They
 * block it until they are done.
 */
export { record, type RecordOptions, type RecordResult, type SessionProgress } from './recorder/index.js';
export {
  replay,
  type Difference,
  type Divergence,
  type ReplayOptions,
  type ReplayResult,
} from './replayer/index.js';
export { replayRebuild, type RebuildLatitude, type RebuildResult, type ReplayRebuildOptions } from './replayer/rebuild/index.js';
export {
  diffTraces,
  parseExpectations,
  RULES,
  writeExpectations,
  type Consequence,
  type DiffOptions,
  type DiffReport,
  type DiffSide,
  type DiffTask,
  type Finding,
  type FindingKind,
  type FoldedLine,
  type FoundStep,
  type OpenTrace,
  type RuleName,
} from './diff/index.js';
export { importLog, type ImportOptions, type ImportResult } from './importer/index.js';
export { statTraces, type MappingCount, type StatBy, type StatReport, type StatRow, type Tally, type TraceStat } from './stat/index.js';
export { CALL_COLUMNS, EXPORT_FORMATS, exportTrace, type CallColumn, type ExportFormat, type ExportOptions } from './export/index.js';
export { reportHtml, type ReportOptions } from './report/index.js';
export { NAMED_QUERIES, type NamedQuery } from './query/index.js';
export {
  samePages,
  spacesAfter,
  type LivingSpace,
  type MappedTrace,
  type Mapping,
  type PagePlace,
  type Region,
  type SamePages,
  type SpacesAtEvent,
} from './mappings/index.js';
export { Trouble, type TroubleKind } from './base/errors.js';
export * from './base/brands.js';
export { Registers, Reg, REGISTER_NAMES, type RegisterName } from './base/registers.js';
export type * from './trace/events.js';
export { TraceReader, type QueryCell, type TraceQuery } from './trace/index.js';
import { TraceReader } from './trace/index.js';

/** Opens a trace for reading; `close()` it afterwards. Throws `Trouble` of kind `trace`. */
export const openTrace = (path: string): TraceReader => TraceReader.open(path);

/** The trace file: everything that others may use of it. */
export { FORMAT_VERSION } from './format.js';
export type { NameRows, Names } from './names.js';
export type { QueryCell, TraceQuery } from './query.js';
export { TABLES } from './schema.js';
export { VIEWS, type View } from './views.js';
export { TraceReader, type EventRange } from './reader.js';
export type { TaskSummary, TraceSummary } from './summary.js';
export type { TraceSink } from './sink.js';
export { ThreadedTraceWriter } from './threaded-writer.js';
export { TraceWriter, type WriterOptions } from './writer.js';
export * from './events.js';
export { givenNumber } from './given-number.js';
export { memoryAfter, type ReadableMemory } from './memory-after.js';

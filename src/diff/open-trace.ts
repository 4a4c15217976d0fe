/** What a comparison needs of a trace: a TraceReader has it, and so may anything that looks like one. */
import type { MemoryObject, SessionFacts, TraceEvent } from '../trace/events.js';
import type { EventRange, TaskSummary } from '../trace/index.js';

export interface OpenTrace {
  /** Where a trace of this form can be opened again, so that another thread can read it. */
  readonly path?: string;
  readonly session: SessionFacts;
  /** True where the recording ended by itself. */
  readonly complete: boolean;
  readonly eventCount: number;
  events(range?: EventRange): Iterable<TraceEvent>;
  objects(): readonly MemoryObject[];
  tasks(): readonly TaskSummary[];
}

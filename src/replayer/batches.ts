/** The events of a trace, read and planned in batches. */
import type { EventIndex } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import type { ObjectContent, TraceEvent } from '../trace/events.js';
import type { TraceReader } from '../trace/index.js';
import { PlanWriter, type PlanOptions } from './plan.js';

/** A batch ends with the event that makes it so large. */
const BATCH_EVENTS = 512;
const BATCH_BYTES = 1 << 20;

/** An event of which TypeScript does something. */
export interface PlannedEvent {
  readonly event: TraceEvent;
  /** What the objects hold that its mappings show for the first time; or why that cannot be read. */
  readonly contents: readonly ObjectContent[] | Trouble;
}

/** Events in order. */
export interface Batch {
  /** Index of the first event. */
  readonly first: number;
  readonly count: number;
  /** One record an event. */
  readonly plan: Uint8Array<ArrayBuffer>;
  /** Those that TypeScript will have to know. */
  readonly others: readonly PlannedEvent[];
}

export interface BatchRange {
  readonly from: number;
  readonly to: number;
}

/** Reads and plans events. Throws what reading throws, behind the events before. */
export function* batchesOf(reader: TraceReader, range: BatchRange, options: PlanOptions): Generator<Batch, void> {
  const plan = new PlanWriter(options);
  let first = range.from;
  let count = 0;
  let others: PlannedEvent[] = [];
  let otherBytes = 0;
  const take = (): Batch => {
    const batch = { first, count, plan: plan.take(), others };
    first += count;
    count = 0;
    others = [];
    otherBytes = 0;
    return batch;
  };
  try {
    for (const event of reader.events({ from: range.from as EventIndex, to: range.to as EventIndex })) {
      if (plan.add(event)) {
        const other = plannedEvent(reader, event);
        otherBytes += bytesOf(other);
        others.push(other);
      }
      count++;
      if (count >= BATCH_EVENTS || plan.size + otherBytes >= BATCH_BYTES) yield take();
    }
  } catch (error) {
    if (count > 0) yield take();
    throw error;
  }
  if (count > 0) yield take();
}

/** An event with the contents that belong to it. */
export function plannedEvent(reader: TraceReader, event: TraceEvent): PlannedEvent {
  if (!event.effects.some(({ type }) => type === 'mapping')) return { event, contents: [] };
  try {
    return { event, contents: reader.contents(event.index) };
  } catch (error) {
    if (error instanceof Trouble) return { event, contents: error };
    throw error;
  }
}

/** The bytes that make an event large. */
function bytesOf({ event, contents }: PlannedEvent): number {
  const carriers: readonly object[] = [...event.inputs, ...event.effects, ...(contents instanceof Trouble ? [] : contents)];
  return carriers.reduce((sum, carrier) => sum + ('bytes' in carrier ? (carrier.bytes as Uint8Array).length : 0), 0);
}

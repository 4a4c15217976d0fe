/** The address spaces of a trace at some of its events. */
import type { EventIndex } from '../base/brands.js';
import type { MemoryObject, TraceEvent } from '../trace/events.js';
import { ObjectNames } from './object-names.js';
import { Spaces, type LivingSpace } from './spaces.js';

/** What is needed of a trace. */
export interface MappedTrace {
  events(range: { readonly to: EventIndex }): Iterable<TraceEvent>;
  objects(): MemoryObject[];
}

/** What tasks live in after an event. */
export interface SpacesAtEvent {
  readonly event: TraceEvent;
  readonly spaces: readonly LivingSpace[];
}

/**
 * The address spaces after each of the events, in the order of the trace. Reads the trace once, up to the
 * last of them, and keeps no more of it than what is mapped. Events that the trace does not have are left out.
 */
export function spacesAfter(trace: MappedTrace, events: readonly EventIndex[]): SpacesAtEvent[] {
  const wanted = new Set<number>(events);
  const spaces = new Spaces(new ObjectNames(trace.objects()));
  const found: SpacesAtEvent[] = [];
  for (const event of trace.events({ to: Math.max(0, ...events) as EventIndex })) {
    spaces.apply(event);
    if (wanted.has(event.index)) found.push({ event, spaces: spaces.living() });
  }
  return found;
}

/** Finds the events of which TypeScript does something. */
import type { EventIndex } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import type { TraceEvent } from '../trace/events.js';
import type { TraceReader } from '../trace/index.js';
import { plannedEvent, type PlannedEvent } from './batches.js';

/** Events by their index, looked up in the trace: for the few of which more must be known than their plan. */
export class EventsInTrace {
  private coming: Iterator<TraceEvent> | undefined;
  private last: TraceEvent | undefined;

  constructor(private readonly reader: TraceReader) {}

  /** Indexes must not become smaller. */
  at(index: number): PlannedEvent {
    this.coming ??= this.reader.events({ from: index as EventIndex });
    while (this.last === undefined || this.last.index < index) {
      const next = this.coming.next();
      if (next.done) throw new Trouble('trace', `damaged trace: event ${index} is missing`);
      this.last = next.value;
    }
    return plannedEvent(this.reader, this.last);
  }
}

/** Events of a batch, from what came with it or, where they went another way than planned, from the trace. */
export class PlannedEvents {
  private next = 0;

  constructor(
    private readonly others: readonly PlannedEvent[],
    private readonly inTrace: EventsInTrace,
  ) {}

  /** Indexes must not become smaller. */
  at(index: number): PlannedEvent {
    const { others } = this;
    while (this.next < others.length && others[this.next]!.event.index < index) this.next++;
    const planned = others[this.next];
    return planned?.event.index === index ? planned : this.inTrace.at(index);
  }
}

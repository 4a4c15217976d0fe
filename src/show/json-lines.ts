/** Events as JSON, one object a line, each with its text. */
import type { SessionFacts, TraceEvent } from '../trace/events.js';
import { showEvent } from './event.js';
import { eventJson } from './event-json.js';
import { EventTexts, type TextOptions } from './event-texts.js';
import { always, type Accepts, type EventLines } from './strace-lines.js';

export class JsonLines implements EventLines {
  readonly texts: EventTexts;

  constructor(session: SessionFacts, options: TextOptions = {}) {
    this.texts = new EventTexts(session, options);
  }

  *take(event: TraceEvent, accepts: Accepts = always): Iterable<string> {
    this.texts.apply(event);
    if (accepts(event, this.texts.inputs)) yield* this.late(event);
  }

  *late(event: TraceEvent): Iterable<string> {
    yield eventJson(event, showEvent(event, this.texts.call(event)));
  }

  *end(): Iterable<string> {}
}

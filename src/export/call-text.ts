/** The words of calls, as `portrace show` has them, free of control characters. */
import type { CallText } from '../show/call.js';
import type { EventTexts } from '../show/event-texts.js';
import { visible } from '../show/visible.js';
import type { TraceEvent } from '../trace/events.js';

/** `event`: the last of the call. `texts` took it, and no event since that tells more of the call. */
export function visibleCall(texts: EventTexts, event: TraceEvent): CallText {
  const text = texts.call(event)!;
  return { ...text, arguments: text.arguments.map(visible), ...(text.result !== undefined && { result: visible(text.result) }) };
}

export const SEPARATOR = ', ';

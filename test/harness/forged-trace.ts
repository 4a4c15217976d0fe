import type { EventIndex } from '../../src/base/brands.js';
import { TraceReader, TraceWriter, type TraceEvent } from '../../src/trace/index.js';

/** Gives an event another content, or leaves it out. */
export type Forgery = (event: TraceEvent) => TraceEvent | undefined;

/**
 * Writes a copy of a trace in which the forgery had its way, with every checksum right: what a
 * stranger would do who wants a replay to go wrong. Gives the number of events that changed.
 */
export function forgeTrace(original: string, path: string, forge: Forgery): number {
  const reader = TraceReader.open(original);
  const writer = TraceWriter.create(path, { force: true });
  let changed = 0;
  try {
    writer.begin(reader.session);
    for (const object of reader.objects()) writer.object(object);
    for (const event of reader.events()) {
      const forged = forge(event);
      if (forged !== event) changed++;
      if (forged === undefined) continue;
      for (const content of reader.contents(event.index)) {
        writer.content({ ...content, event: writer.nextIndex as EventIndex });
      }
      writer.append(forged);
    }
    if (reader.end) writer.finish(reader.end);
  } finally {
    writer.close();
    reader.close();
  }
  return changed;
}

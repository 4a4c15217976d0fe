/** Traces without their end, as a recorder leaves them that was killed, or that still runs. */
import { join } from 'node:path';
import { eventIndex } from '../../src/base/brands.js';
import { TraceReader, TraceWriter } from '../../src/trace/index.js';
import { temporaryFolder } from './folders.js';
import type { Scope } from './scope.js';

export type PartialState = 'cut short' | 'being written';

/** Writes the first events of a trace; gives the path. The writer of one that is being written goes on to the scope's end. */
export function partialTrace(scope: Scope, original: string, events: number, state: PartialState = 'cut short'): string {
  const path = join(temporaryFolder(scope), 'partial.trace');
  const reader = TraceReader.open(original);
  const writer = TraceWriter.create(path, {});
  writer.begin(reader.session);
  for (const object of reader.objects()) writer.object(object);
  for (const event of reader.events({ to: eventIndex(events) })) writer.append(event);
  reader.close();
  if (state === 'cut short') writer.close();
  else {
    writer.commit();
    scope.teardown(() => writer.close());
  }
  return path;
}

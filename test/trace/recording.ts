import type { EndFacts, ImportCounts, ObjectContent, TraceEvent } from '../../src/trace/events.js';
import { TraceReader, TraceWriter, type TraceSink } from '../../src/trace/index.js';
import { Generator, OBJECTS, SESSION } from './generated.js';

export interface Recording {
  readonly events: readonly TraceEvent[];
  readonly contents: readonly ObjectContent[];
}

export const END = { status: 256, duration: 1234567890123 } as EndFacts;

/** Writes generated events, every 50th with object contents; the caller finishes. */
export function writeGenerated(writer: TraceSink, count: number, seed = 1): Recording {
  const generator = new Generator(seed);
  const events: TraceEvent[] = [];
  const contents: ObjectContent[] = [];
  for (const object of OBJECTS) writer.object(object);
  for (let written = 0; written < count; written++) {
    if (written % 50 === 0) {
      for (const content of generator.contents(writer.nextIndex, 3)) {
        writer.content(content);
        contents.push(content);
      }
    }
    const event = generator.event();
    events.push({ ...event, index: writer.append(event) });
  }
  return { events, contents };
}

/** Makes a complete trace. */
export function record(path: string, count: number, seed = 1): Recording {
  const writer = TraceWriter.create(path, {});
  writer.begin(SESSION);
  const recording = writeGenerated(writer, count, seed);
  writer.finish(END);
  return recording;
}

export const COUNTS: ImportCounts = { lines: 300, badLines: 2, otherLines: 10, firstBad: { line: 7, text: 'what?' } };

/** Makes a complete trace of a log. */
export function recordImported(path: string, count: number, seed = 1): void {
  const writer = TraceWriter.create(path, {});
  writer.begin({ ...SESSION, imported: { tool: 'strace', log: 'sh.log' } });
  writeGenerated(writer, count, seed);
  writer.imported(COUNTS);
  writer.finish(END);
}

/** Everything that a replay or a comparison can get out of a trace. */
export function readEverything(path: string): unknown {
  const reader = TraceReader.open(path);
  try {
    const events = [...reader.events()];
    return {
      session: reader.session,
      end: reader.end,
      ...(reader.importCounts && { importCounts: reader.importCounts }),
      objects: reader.objects(),
      events,
      contents: events.flatMap((event) => reader.contents(event.index)),
    };
  } finally {
    reader.close();
  }
}

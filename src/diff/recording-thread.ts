/** The thread that reads one of two traces; see read-both.ts. */
import { workerData } from 'node:worker_threads';
import { Trouble } from '../base/errors.js';
import { TraceReader, type TraceEvent } from '../trace/index.js';
import type { OpenTrace } from './open-trace.js';
import { packed } from './packed-recording.js';
import { Shared, type ThreadAnswer, type ThreadTask } from './read-both.js';
import { readRecording } from './recording.js';
import { Texts } from './texts.js';

const { path, rules, given, shared, port } = workerData as ThreadTask;

function answer(): ThreadAnswer {
  try {
    const trace = TraceReader.open(path);
    const texts = new Texts();
    const recording = readRecording({ trace: showingLife(trace), texts, rules, given });
    trace.close();
    return { recording: packed(recording, texts) };
  } catch (error) {
    if (error instanceof Trouble) return { trouble: { kind: error.kind, message: error.message } };
    return { failure: (error as Error).stack ?? String(error) };
  }
}

/** The trace, which says with every event that this thread is alive. */
function showingLife(trace: TraceReader): OpenTrace {
  const { session, complete, eventCount } = trace;
  return { session, complete, eventCount, objects: () => trace.objects(), tasks: () => trace.tasks(), events };

  function* events(): Iterable<TraceEvent> {
    for (const event of trace.events()) {
      Atomics.add(shared, Shared.life, 1);
      yield event;
    }
  }
}

port.postMessage(answer());
Atomics.store(shared, Shared.done, 1);
Atomics.notify(shared, Shared.done);

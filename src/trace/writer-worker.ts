/** The thread that writes a trace: does with a TraceWriter what a ThreadedTraceWriter is asked for. */
import { workerData } from 'node:worker_threads';
import { Trouble } from '../base/errors.js';
import { ByteInput } from './byte-stream.js';
import { PipeReader } from './shared-pipe.js';
import { getRequest, type Failure, type WriterThreadData } from './writer-messages.js';
import { WriterStatus } from './writer-status.js';
import { TraceWriter } from './writer.js';

// After so long without a request the guest is idle: what is there is committed. It is also how
// long the first requests after a pause may lie unseen. Milliseconds.
const IDLE = 50;

const { pipe, status: statusMemory, failures } = workerData as WriterThreadData;
const status = new WriterStatus(statusMemory);
const reader = new PipeReader(pipe);
let writer: TraceWriter | undefined;

/** Does what is asked until the trace is finished or closed. */
function work(): void {
  for (let isOpen = true; isOpen; ) {
    const message = reader.next(writer?.improvable ? 0 : IDLE);
    if (message) isOpen = obey(message);
    else if (writer?.improvable) writer.improve();
    else writer?.commit();
    if (writer) status.bytesWritten = writer.bytesWritten;
  }
}

/** Answers whether more may come. */
function obey(message: Uint8Array): boolean {
  const [name, value] = getRequest(new ByteInput(message));
  if (name === 'open') writer = TraceWriter.resume(value as string, () => (status.isAwaited ? 1 : reader.fill));
  else writer?.[name](value as never);
  return name !== 'finish' && name !== 'close';
}

function failureOf(error: unknown): Failure {
  if (error instanceof Trouble) return { kind: error.kind, message: error.message };
  if (error instanceof Error) return { message: error.message, stack: error.stack };
  return { message: String(error) };
}

status.started();
try {
  work();
} catch (error) {
  failures.postMessage(failureOf(error));
  writer?.close();
} finally {
  status.end();
}

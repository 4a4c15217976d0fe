/** Writes traces on a thread of its own, so that the recorder's thread pays for copying only. */
import { receiveMessageOnPort } from 'node:worker_threads';
import type { EventIndex } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { ByteOutput } from './byte-stream.js';
import type { EndFacts, MemoryObject, NewEvent, ObjectContent, SessionFacts } from './events.js';
import { PipeWriter } from './shared-pipe.js';
import type { TraceSink } from './sink.js';
import { putRequest, type Failure, type RequestName, type Requests } from './writer-messages.js';
import { WriterThread } from './writer-thread.js';
import { TraceWriter, type WriterOptions } from './writer.js';

export interface ThreadedWriterOptions extends WriterOptions {
  /** Bytes that may wait for the writing thread, a power of two; 16 MiB where it is not given. */
  readonly backlog?: number;
}

/**
 * A TraceWriter on another thread. The file is made here, so that everything that can be refused is
 * refused by create() and begin(); the thread goes on with it from there. A failure over there is
 * thrown by the next call here. Callers sleep while the backlog is full; finish() and close() wait
 * until the file is final. No method needs the event loop.
 */
export class ThreadedTraceWriter implements TraceSink {
  private readonly pipe: PipeWriter;
  private readonly output = new ByteOutput();
  /** Has the file until the session is stored. */
  private beginner: TraceWriter | undefined;
  private events = 0;
  private isDone = false;

  private constructor(
    private readonly path: string,
    beginner: TraceWriter,
    private readonly thread: WriterThread,
  ) {
    this.beginner = beginner;
    this.pipe = new PipeWriter(thread.pipe, () => this.assertWriting());
  }

  /**
   * Makes the file with its schema, and the thread, if none is prepared; it inherits the processors that the caller may
   * run on. Trouble('storage') where the file exists (without force) or cannot be made.
   */
  static create(path: string, options: ThreadedWriterOptions): ThreadedTraceWriter {
    return new ThreadedTraceWriter(path, TraceWriter.create(path, options), WriterThread.take(options.backlog));
  }

  begin(session: SessionFacts): void {
    this.beginner!.begin(session);
    this.beginner!.handOver();
    this.beginner = undefined;
    this.send('open', this.path);
    this.pipe.wake();
  }

  get nextIndex(): EventIndex {
    return (this.events + 1) as EventIndex;
  }

  get bytesWritten(): number {
    return this.thread.status.bytesWritten;
  }

  append(event: NewEvent): EventIndex {
    this.send('append', event);
    return ++this.events as EventIndex;
  }

  object(object: MemoryObject): void {
    this.send('object', object);
  }

  content(content: ObjectContent): void {
    if (content.event !== this.nextIndex) {
      throw new RangeError(`content of event ${content.event} before event ${this.nextIndex}`);
    }
    this.send('content', content);
  }

  /** Asks for it and does not wait. */
  commit(): void {
    this.send('commit', undefined);
    this.pipe.wake();
    this.telling(() => this.thread.status.assertAlive());
  }

  finish(end: EndFacts): void {
    this.end('finish', end);
  }

  close(): void {
    if (this.isDone) return;
    try {
      this.beginner?.close();
    } finally {
      this.end('close', undefined);
    }
  }

  private send<Name extends RequestName>(name: Name, value: Requests[Name]): void {
    const { output } = this;
    output.begin();
    putRequest(output, name, value);
    this.telling(() => {
      if (this.thread.status.ended) throw this.failure();
      this.pipe.write(output.message());
    });
  }

  /** Sends the last message and waits until the thread has done everything. */
  private end<Name extends 'finish' | 'close'>(name: Name, value: Requests[Name]): void {
    this.send(name, value);
    this.pipe.wake();
    this.telling(() => {
      this.thread.status.awaitEnd();
      const failure = this.receive();
      if (failure) throw failure;
    });
    this.isDone = true;
  }

  private assertWriting(): void {
    if (this.thread.status.ended) throw this.failure();
    this.thread.status.assertAlive();
  }

  /** Once a failure is told, there is nothing left to close. */
  private telling(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.isDone = true;
      throw error;
    }
  }

  private failure(): Error {
    return this.receive() ?? new Trouble('storage', `cannot write ${this.path} after its end or a failure`);
  }

  private receive(): Error | undefined {
    const received = receiveMessageOnPort(this.thread.failures)?.message as Failure | undefined;
    if (received === undefined) return undefined;
    if (received.kind !== undefined) return new Trouble(received.kind, received.message);
    const error = new Error(received.message);
    if (received.stack !== undefined) error.stack = received.stack;
    return error;
  }
}

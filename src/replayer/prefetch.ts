/**
 * Reads ahead: another thread reads, checks and plans the events of a trace while this one replays.
 * What it finds wrong comes out where it would have without it.
 */
import { existsSync } from 'node:fs';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { Registers } from '../base/registers.js';
import { Trouble, type TroubleKind } from '../base/errors.js';
import type { Effect, ObjectContent, TraceEvent } from '../trace/events.js';
import type { TraceReader } from '../trace/index.js';
import { batchesOf, type Batch, type BatchRange, type PlannedEvent } from './batches.js';
import type { PlanOptions } from './plan.js';

/** Events that are read here while the other thread starts. */
const READ_MEANWHILE = 512;

/** So many events are read here before another thread has started and come to where this one is. */
const FEW_EVENTS = 3072;

/** Batches that may be ready and not taken. */
export const LOOK_AHEAD = 16;

/** Numbers that both threads share. */
export const Shared = { sent: 0, taken: 1, thread: 2, closing: 3, closed: 4 } as const;
export const SHARED_COUNT = 5;

/** How long to wait before looking whether the other thread is still there, milliseconds. */
const LOOK_INTERVAL = 500;
/** How many of them a thread may take to start. */
const START_INTERVALS = 20;

/** What the other thread is told. */
export interface PrefetchTask {
  readonly trace: string;
  readonly range: BatchRange;
  readonly options: PlanOptions;
  readonly shared: Int32Array<SharedArrayBuffer>;
  readonly port: MessagePort;
}

export interface StoredTrouble {
  readonly kind: TroubleKind;
  readonly message: string;
}

/** What it answers: a batch, the end of the trace, or why there is no more. */
export type PrefetchMessage =
  | { readonly batch: Omit<Batch, 'others'>; readonly others: readonly PortableEvent[] }
  | { readonly end: true }
  | { readonly trouble: StoredTrouble }
  | { readonly failure: string };

/** A planned event whose registers are bytes: objects lose their class on their way between threads. */
export interface PortableEvent {
  readonly event: Omit<TraceEvent, 'registers' | 'effects'>;
  readonly registers: Uint8Array | undefined;
  readonly effects: readonly (Exclude<Effect, { type: 'registers' }> | PortableRegisters)[];
  readonly contents: readonly ObjectContent[] | StoredTrouble;
}

interface PortableRegisters {
  readonly type: 'registers';
  readonly task: number;
  readonly bytes: Uint8Array;
}

export function portable({ event, contents }: PlannedEvent): PortableEvent {
  const { registers, effects, ...rest } = event;
  return {
    event: rest,
    registers: registers?.bytes.slice(),
    effects: effects.map((effect) =>
      effect.type === 'registers' ? { type: effect.type, task: effect.task, bytes: effect.registers.bytes.slice() } : effect,
    ),
    contents: contents instanceof Trouble ? { kind: contents.kind, message: contents.message } : contents,
  };
}

export function restored({ event, registers, effects, contents }: PortableEvent): PlannedEvent {
  const whole = {
    ...event,
    ...(registers && { registers: new Registers(registers) }),
    effects: effects.map((effect) =>
      effect.type === 'registers' && 'bytes' in effect
        ? { type: effect.type, task: effect.task, registers: new Registers(effect.bytes) }
        : effect,
    ),
  };
  return {
    event: whole as TraceEvent,
    contents: 'message' in contents ? new Trouble(contents.kind, contents.message) : contents,
  };
}

/** Gives batches one by one; undefined behind the last. */
export interface BatchSource {
  next(): Batch | undefined;
  close(): void;
}

/** What is to be read. */
export interface BatchRequest {
  readonly reader: TraceReader;
  /** Path of the reader's trace. */
  readonly trace: string;
  readonly range: BatchRange;
  readonly options: PlanOptions;
  /** The module that reads ahead, if it is not `prefetch-thread.js`. */
  readonly thread?: URL;
}

/**
 * The batches of a trace. Ask before this thread is bound to a processor: the one that reads ahead
 * inherits that.
 */
export function openBatches(request: BatchRequest): BatchSource {
  const { from, to } = request.range;
  if (to - from < FEW_EVENTS) return new ReadHere(request);
  const next = from + READ_MEANWHILE;
  const here = new ReadHere({ ...request, range: { from, to: next - 1 } });
  const ahead = new ReadAhead({ ...request, range: { from: next, to } });
  return {
    next: () => here.next() ?? ahead.next(),
    close: () => ahead.close(),
  };
}

class ReadHere implements BatchSource {
  private readonly batches: Generator<Batch, void>;

  constructor({ reader, range, options }: BatchRequest) {
    this.batches = batchesOf(reader, range, options);
  }

  next(): Batch | undefined {
    return this.batches.next().value ?? undefined;
  }

  close(): void {
    this.batches.return();
  }
}

class ReadAhead implements BatchSource {
  private readonly shared = new Int32Array(new SharedArrayBuffer(SHARED_COUNT * 4));
  private readonly port: MessagePort;
  private readonly worker: Worker;
  private received = 0;
  private following: number;
  private instead: BatchSource | undefined;

  constructor(private readonly request: BatchRequest) {
    const { trace, range, options, thread = new URL('./prefetch-thread.js', import.meta.url) } = request;
    this.following = range.from;
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const workerData: PrefetchTask = { trace, range, options, shared: this.shared, port: port2 };
    this.worker = new Worker(thread, { workerData, transferList: [port2] });
    // Its fate is seen by looking: this thread never gets to its event loop.
    this.worker.on('error', () => {});
    this.worker.unref();
  }

  next(): Batch | undefined {
    if (this.instead) return this.instead.next();
    const message = this.receive();
    if (message === undefined) {
      const { range } = this.request;
      this.instead = new ReadHere({ ...this.request, range: { from: this.following, to: range.to } });
      return this.instead.next();
    }
    if ('end' in message) return undefined;
    if ('trouble' in message) throw new Trouble(message.trouble.kind, message.trouble.message);
    if ('failure' in message) throw new Error(message.failure);
    const { batch, others } = message;
    this.following += batch.count;
    return { ...batch, others: others.map(restored) };
  }

  close(): void {
    Atomics.store(this.shared, Shared.closing, 1);
    Atomics.notify(this.shared, Shared.taken);
    if (this.isThere()) Atomics.wait(this.shared, Shared.closed, 0, LOOK_INTERVAL);
    this.port.close();
    this.instead?.close();
  }

  /** Undefined where the thread is gone. */
  private receive(): PrefetchMessage | undefined {
    for (let waits = 0; ; ) {
      const received = receiveMessageOnPort(this.port) as { message: PrefetchMessage } | undefined;
      if (received) {
        this.received++;
        Atomics.store(this.shared, Shared.taken, this.received);
        Atomics.notify(this.shared, Shared.taken);
        return received.message;
      }
      const { shared } = this;
      if (Atomics.load(shared, Shared.sent) !== this.received) continue;
      if (Atomics.wait(shared, Shared.sent, this.received, LOOK_INTERVAL) !== 'timed-out') continue;
      const started = Atomics.load(shared, Shared.thread) !== 0;
      if (started ? !this.isThere() : ++waits > START_INTERVALS) {
        // What it sent last may have come meanwhile.
        if (Atomics.load(shared, Shared.sent) === this.received) return undefined;
      }
    }
  }

  private isThere(): boolean {
    const thread = Atomics.load(this.shared, Shared.thread);
    return thread !== 0 && existsSync(`/proc/self/task/${thread}`);
  }
}

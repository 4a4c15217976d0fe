/** One trace read through: its calls counted. */
import { basename } from 'node:path';
import type { TaskId } from '../base/brands.js';
import type { Mutable } from '../base/mutable.js';
import type { OpenTrace } from '../diff/open-trace.js';
import { Descriptors } from '../mappings/index.js';
import type { ImportTool, MappingOperation, TraceEvent } from '../trace/events.js';
import { callBytes } from './call-bytes.js';
import { groupingBy, isError, type CallObserver, type Grouping, type StatBy, type StatRow, type StatState } from './groupings.js';
import { MadeCalls, type MadeCall } from './made-calls.js';
import { add, noCalls, type Tally } from './tally.js';

/** What is counted of one trace. */
export interface TraceStat {
  readonly path?: string;
  /** The guest and its arguments. */
  readonly command: readonly string[];
  /** The label of the host port. */
  readonly port?: string;
  readonly complete: boolean;
  /** Where the trace was made from another tool's log. */
  readonly imported?: ImportTool;
  readonly events: number;
  /** Nanoseconds from the start of the recording to its last event. */
  readonly elapsed: number;
  readonly rows: readonly StatRow[];
  /** Of all rows. */
  readonly total: Tally;
  /** Changes of address spaces, also those that no call made. */
  readonly mappings: Readonly<Record<MappingOperation, MappingCount>>;
}

export interface MappingCount {
  readonly count: number;
  readonly bytes: number;
}

/** Reads the trace through, once. */
export function statTrace(trace: OpenTrace, by: StatBy): TraceStat {
  let grouping: Grouping;
  const counter = new CallCounter(trace, (state) => [(grouping = groupingBy(by, state))]);
  for (const event of trace.events()) counter.take(event);
  counter.finish();
  const rows = grouping!.rows(counter.time);
  const total = noCalls();
  for (const row of rows) add(total, row);
  const { path, session, complete, eventCount } = trace;
  return {
    ...(path !== undefined && { path }),
    command: session.arguments,
    ...(session.port !== undefined && { port: session.port }),
    complete,
    ...(session.imported && { imported: session.imported.tool }),
    events: eventCount,
    elapsed: counter.time,
    rows,
    total,
    mappings: counter.mappings,
  };
}

/** Tells observers of every call of a trace, with its time and bytes, while the events go by. */
export class CallCounter {
  /** Of the last event. */
  time = 0;
  readonly mappings: Record<MappingOperation, Mutable<MappingCount>> = { map: none(), unmap: none(), protect: none(), remap: none(), advise: none() };
  private readonly descriptors = new Descriptors();
  private readonly observers: readonly CallObserver[];
  private readonly calls: MadeCalls<readonly string[]>;

  constructor(trace: OpenTrace, observe: (state: StatState) => readonly CallObserver[]) {
    const names = trace.tasks().map(({ task, program }): [TaskId, string] => [task, program === undefined ? `${task}` : `${task}(${basename(program)})`]);
    this.observers = observe({ descriptors: this.descriptors, taskNames: new Map(names) });
    this.calls = new MadeCalls(trace.session.imported !== undefined, (event) => this.observers.map((observer) => observer.entry(event)));
  }

  take(event: TraceEvent): void {
    for (const call of this.calls.take(event)) this.count(call);
    this.countMappings(event);
    this.descriptors.apply(event);
    this.time = event.time;
  }

  /** No event follows: open calls do not return any more. */
  finish(): void {
    for (const call of this.calls.rest()) this.count(call);
  }

  private count(call: MadeCall<readonly string[]>): void {
    const { begun, event, note } = call;
    const { number, result: returned } = event.syscall!;
    const result = returned === undefined ? undefined : Number(returned);
    const tally = tallyOf(call, number, result);
    this.observers.forEach((observer, at) => {
      observer.add({ number, task: event.task, entry: note[at]!, ...(result !== undefined && { result }), begun, event }, tally);
    });
  }

  private countMappings({ effects }: TraceEvent): void {
    for (const effect of effects) {
      if (effect.type !== 'mapping') continue;
      const count = this.mappings[effect.operation];
      count.count++;
      count.bytes += effect.length;
    }
  }
}

const none = (): Mutable<MappingCount> => ({ count: 0, bytes: 0 });

function tallyOf({ begun, event, span }: MadeCall<unknown>, number: number, result: number | undefined): Tally {
  const tally = { ...noCalls(), calls: 1 };
  addMapped(tally, begun);
  if (event !== begun) addMapped(tally, event);
  if (span !== undefined) {
    tally.timed = 1;
    tally.time = span.duration;
  }
  if (span?.since === 'entry') {
    tally.entered = 1;
    tally.enteredTime = span.duration;
  }
  if (result === undefined) return { ...tally, unreturned: 1 };
  const { read, written } = callBytes(number, result);
  return { ...tally, errors: isError(result) ? 1 : 0, bytesRead: read, bytesWritten: written };
}

function addMapped(tally: Mutable<Tally>, { effects }: TraceEvent): void {
  for (const effect of effects) {
    if (effect.type !== 'mapping') continue;
    if (effect.operation === 'map') tally.bytesMapped += effect.length;
    if (effect.operation === 'unmap') tally.bytesUnmapped += effect.length;
  }
}

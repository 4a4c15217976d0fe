/** One trace read through: its calls counted. */
import { basename } from 'node:path';
import type { TaskId } from '../base/brands.js';
import type { Mutable } from '../base/mutable.js';
import type { OpenTrace } from '../diff/open-trace.js';
import { Descriptors } from '../mappings/index.js';
import type { ImportTool, MappingOperation, SyscallFacts, TraceEvent } from '../trace/events.js';
import { callBytes } from './call-bytes.js';
import { groupingBy, isError, type Grouping, type StatBy, type StatRow } from './groupings.js';
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

/** A call that has not returned yet. */
interface OpenCall {
  readonly event: TraceEvent;
  readonly entry: string;
  readonly tally: Mutable<Tally>;
}

/** Reads the trace through, once. */
export function statTrace(trace: OpenTrace, by: StatBy): TraceStat {
  const counter = new Counter(trace, by);
  for (const event of trace.events()) counter.take(event);
  const rows = counter.finish();
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

class Counter {
  /** Of the last event. */
  time = 0;
  readonly mappings: Record<MappingOperation, Mutable<MappingCount>> = { map: none(), unmap: none(), protect: none(), remap: none(), advise: none() };
  private readonly descriptors = new Descriptors();
  private readonly grouping: Grouping;
  private readonly open = new Map<TaskId, OpenCall>();
  private readonly isImported: boolean;

  constructor(trace: OpenTrace, by: StatBy) {
    const names = trace.tasks().map(({ task, program }): [TaskId, string] => [task, program === undefined ? `${task}` : `${task}(${basename(program)})`]);
    this.grouping = groupingBy(by, { descriptors: this.descriptors, taskNames: new Map(names) });
    this.isImported = trace.session.imported !== undefined;
  }

  take(event: TraceEvent): void {
    if (event.syscall) this.call(event, event.syscall);
    else if (event.exit) this.abandon(event.task);
    this.countMappings(event);
    this.descriptors.apply(event);
    this.time = event.time;
  }

  finish(): StatRow[] {
    for (const task of [...this.open.keys()]) this.abandon(task);
    return this.grouping.rows(this.time);
  }

  private call(event: TraceEvent, facts: SyscallFacts): void {
    const open = this.open.get(event.task);
    if (open !== undefined && event.kind === 'leave' && open.event.index === facts.entered) {
      this.open.delete(event.task);
      return this.returned(open, event, facts);
    }
    this.abandon(event.task);
    const begun: OpenCall = { event, entry: this.grouping.entry(event), tally: { ...noCalls(), calls: 1 } };
    if (facts.result !== undefined) return this.returned(begun, event, facts);
    addMapped(begun.tally, event);
    this.open.set(event.task, begun);
  }

  private returned({ event: begun, entry, tally }: OpenCall, event: TraceEvent, facts: SyscallFacts): void {
    const result = Number(facts.result);
    const { read, written } = callBytes(facts.number, result);
    tally.errors = isError(result) ? 1 : 0;
    tally.bytesRead = read;
    tally.bytesWritten = written;
    addMapped(tally, event);
    this.measure(tally, begun, event);
    this.grouping.add({ number: facts.number, task: event.task, entry, result, event }, tally);
  }

  /** The task goes on, or ends, and its call has not returned. */
  private abandon(task: TaskId): void {
    const open = this.open.get(task);
    if (open === undefined) return;
    this.open.delete(task);
    const { event, entry, tally } = open;
    tally.unreturned = 1;
    this.grouping.add({ number: event.syscall!.number, task, entry, event }, tally);
  }

  /**
   * A call has the time from its own entry to its return. Where it returned at once there is only its
   * return: the event before, of whatever task, is the latest before its entry that is known. A log has
   * the entry then, and no return.
   */
  private measure(tally: Mutable<Tally>, begun: TraceEvent, event: TraceEvent): void {
    const isEntered = begun !== event;
    if (this.isImported ? !isEntered || event.time === 0 : !isEntered && (event.kind !== 'syscall' || event.index === 1)) return;
    const time = Math.max(0, event.time - (isEntered ? begun.time : this.time));
    tally.timed = 1;
    tally.time = time;
    if (!isEntered) return;
    tally.entered = 1;
    tally.enteredTime = time;
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

function addMapped(tally: Mutable<Tally>, { effects }: TraceEvent): void {
  for (const effect of effects) {
    if (effect.type !== 'mapping') continue;
    if (effect.operation === 'map') tally.bytesMapped += effect.length;
    if (effect.operation === 'unmap') tally.bytesUnmapped += effect.length;
  }
}

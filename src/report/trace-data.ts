/** One trace, read through once, as a page holds it. */
import { basename } from 'node:path';
import type { Mutable } from '../base/mutable.js';
import { showEvent } from '../show/event.js';
import { visible } from '../show/visible.js';
import { add, CallCounter, groupingBy, noCalls, type Grouping, type StatState } from '../stat/index.js';
import { showWaitStatus, signalName } from '../syscalls/index.js';
import { EVENT_KINDS, type EventKind, type TaskSummary, type TraceEvent, type TraceReader } from '../trace/index.js';
import { CallColumns, FailedCalls, SlowestCalls } from './call-observers.js';
import { ConsoleOutput } from './console-output.js';
import { EventColumns, listedOf } from './event-columns.js';
import { MemorySamples } from './memory-samples.js';
import { overviewOf } from './overview.js';
import type { ReportedStat, StatTable, TaskData, TraceData } from './report-data.js';

const CONSOLE_BYTES = 8 * 1024 * 1024;
const SLOWEST = 200;
const STAT_ROWS = 2000;
const MEMORY_SAMPLES = 1200;

const STATS: readonly ReportedStat[] = ['call', 'file', 'errno', 'phase'];

export interface GatheredTrace {
  readonly data: TraceData;
  readonly columns: EventColumns;
}

/** Reads the trace through. Throws Trouble('trace') where it is damaged. */
export function gatherTrace(reader: TraceReader, limit: number): GatheredTrace {
  const columns = new EventColumns(listedOf(reader.eventCount, limit));
  const seen = new SeenEvents(reader.tasks());
  const memory = new MemorySamples(reader.objects(), reader.eventCount, MEMORY_SAMPLES);
  const observers = observersOf(reader, columns);
  for (const event of reader.events()) {
    columns.add(event, showEvent);
    observers.counter.take(event);
    memory.add(event, event.index === reader.eventCount);
    seen.add(event);
  }
  observers.counter.finish();
  const stat = Object.fromEntries(STATS.map((by) => [by, tableOf(observers.groupings[by].rows(observers.counter.time))])) as Record<ReportedStat, StatTable>;
  const total = noCalls();
  for (const row of observers.groupings.call.rows(observers.counter.time)) add(total, row);
  const { kinds, signals, signalNames, timed, tasks } = seen;
  const console = observers.console.done();
  const { listed } = columns;
  return {
    columns,
    data: {
      overview: overviewOf(reader, { kinds, signals, timed, elapsed: observers.counter.time, total, output: observers.console.bytes, listed, console, files: stat.file, tasks: tasks() }),
      tasks: tasks(),
      listed,
      kinds: EVENT_KINDS,
      names: { calls: observers.calls.callNames, signals: signalNames, errors: observers.calls.errorNames, files: observers.calls.files.map(visible) },
      console,
      memory: memory.done(),
      stat,
      failed: observers.failed.list(),
      slowest: observers.slowest.list(),
    },
  };
}

function observersOf(reader: TraceReader, columns: EventColumns) {
  let made: ReturnType<typeof make> | undefined;
  const make = (state: StatState) => ({
    groupings: Object.fromEntries(STATS.map((by) => [by, groupingBy(by, state)])) as Record<ReportedStat, Grouping>,
    calls: new CallColumns(columns, state.descriptors),
    console: new ConsoleOutput(state.descriptors, CONSOLE_BYTES),
    failed: new FailedCalls(),
    slowest: new SlowestCalls(SLOWEST),
  });
  const counter = new CallCounter(reader, (state) => {
    made = make(state);
    return [...Object.values(made.groupings), made.calls, made.console, made.failed, made.slowest];
  });
  return { counter, ...made! };
}

const tableOf = (rows: StatTable['rows']): StatTable => ({
  rows: rows.slice(0, STAT_ROWS).map((row) => ({ ...row, name: visible(row.name) })),
  leftOut: Math.max(0, rows.length - STAT_ROWS),
});

/** Counts of events, and when tasks began and ended. */
class SeenEvents {
  readonly kinds: Partial<Record<EventKind, number>> = {};
  readonly signalNames: Record<number, string> = {};
  signals = 0;
  timed = false;
  private readonly born = new Map<number, number>();
  private readonly exits = new Map<number, number>();

  constructor(private readonly summaries: readonly TaskSummary[]) {}

  add({ kind, task, time, signal, effects, exit }: TraceEvent): void {
    this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
    if (time > 0) this.timed = true;
    if (kind === 'signal') this.signals++;
    if (signal !== undefined) this.signalNames[signal.number] ??= signalName(signal.number);
    for (const effect of effects) if (effect.type === 'task') this.born.set(effect.task, time);
    if (exit !== undefined) this.exits.set(task, time);
  }

  readonly tasks = (): TaskData[] =>
    this.summaries.map((summary): TaskData => {
      const { task, parent, pid, group, program, born, events, exit } = summary;
      const data: Mutable<TaskData> = { task, pid, group, program: program === undefined ? '' : visible(basename(program)), born, bornTime: this.born.get(task) ?? 0, events };
      if (parent !== undefined) data.parent = parent;
      if (exit !== undefined) data.exit = { event: exit.event, time: this.exits.get(task) ?? 0, text: showWaitStatus(exit.status, signalName) };
      return data;
    });
}

/** One trace, read through once, as a page holds it. */
import { basename } from 'node:path';
import { showEvent } from '../show/event.js';
import { EventTexts } from '../show/event-texts.js';
import { visible } from '../show/visible.js';
import { add, CallCounter, groupingBy, noCalls, type Grouping, type StatRow, type Tally } from '../stat/index.js';
import { showWaitStatus, signalName } from '../syscalls/index.js';
import { EVENT_KINDS, type EventKind, type TaskSummary, type TraceEvent, type TraceReader } from '../trace/index.js';
import { CallColumns, FailedCalls, SlowestCalls } from './call-observers.js';
import { ConsoleOutput } from './console-output.js';
import { EventColumns, listedOf } from './event-columns.js';
import { MemorySamples } from './memory-samples.js';
import { overviewOf, type Counted } from './overview.js';
import type { ReportedStat, StatTable, TaskData, TraceData } from './report-data.js';

const CONSOLE_BYTES = 8 * 1024 * 1024;
const SLOWEST = 200;
const STAT_ROWS = 2000;
const MEMORY_SAMPLES = 1200;

export interface GatheredTrace {
  readonly data: TraceData;
  readonly columns: EventColumns;
}

/** Reads the trace through. Throws Trouble('trace') where it is damaged. */
export function gatherTrace(reader: TraceReader, limit: number): GatheredTrace {
  const columns = new EventColumns(listedOf(reader.eventCount, limit));
  const seen = new SeenEvents(reader.tasks());
  const memory = new MemorySamples(reader.objects(), reader.eventCount, MEMORY_SAMPLES);
  const texts = new EventTexts(reader.session);
  const lineOf = (event: TraceEvent): string => showEvent(event, texts.call(event));
  const observed = observe(reader, columns, lineOf);
  for (const event of reader.events()) {
    texts.apply(event);
    columns.add(event, lineOf);
    observed.counter.take(event);
    memory.add(event, event.index === reader.eventCount);
    seen.add(event);
  }
  observed.counter.finish();
  const { calls, console, counter, failed, slowest } = observed;
  const { listed } = columns;
  const rows = (by: ReportedStat): readonly StatRow[] => observed.groupings[by].rows(counter.time);
  const stat: TraceData['stat'] = {
    call: tableOf(rows('call')),
    file: tableOf(rows('file')),
    errno: tableOf(rows('errno')),
    phase: tableOf(rows('phase')),
  };
  const counted = {
    ...seen.counts(),
    elapsed: counter.time,
    total: sumOf(rows('call')),
    output: console.bytes,
    listed,
    console: console.done(),
    files: stat.file,
  };
  return {
    columns,
    data: {
      overview: overviewOf(reader, counted),
      tasks: seen.tasks(),
      listed,
      kinds: EVENT_KINDS,
      names: { calls: calls.callNames, errors: calls.errorNames, files: calls.files.map(visible) },
      console: counted.console,
      memory: memory.done(),
      stat,
      failed: failed.list(),
      slowest: slowest.list(),
    },
  };
}

/** What is told of each call. */
interface Observed {
  readonly groupings: Readonly<Record<ReportedStat, Grouping>>;
  readonly calls: CallColumns;
  readonly console: ConsoleOutput;
  readonly failed: FailedCalls;
  readonly slowest: SlowestCalls;
}

function observe(reader: TraceReader, columns: EventColumns, lineOf: (event: TraceEvent) => string): Observed & { readonly counter: CallCounter } {
  let observed: Observed;
  const counter = new CallCounter(reader, (state) => {
    const by = (name: ReportedStat): Grouping => groupingBy(name, state);
    observed = {
      groupings: { call: by('call'), file: by('file'), errno: by('errno'), phase: by('phase') },
      calls: new CallColumns(columns, state.descriptors),
      console: new ConsoleOutput(state.descriptors, CONSOLE_BYTES),
      failed: new FailedCalls(),
      slowest: new SlowestCalls(SLOWEST, lineOf),
    };
    const { groupings, calls, console, failed, slowest } = observed;
    return [...Object.values(groupings), calls, console, failed, slowest];
  });
  return { ...observed!, counter };
}

function sumOf(rows: readonly StatRow[]): Tally {
  const total = noCalls();
  for (const row of rows) add(total, row);
  return total;
}

const tableOf = (rows: readonly StatRow[]): StatTable => ({
  rows: rows.slice(0, STAT_ROWS).map((row) => ({ ...row, name: visible(row.name) })),
  leftOut: Math.max(0, rows.length - STAT_ROWS),
});

/** Counts of events, and when tasks began and ended. */
class SeenEvents {
  private readonly kinds: Partial<Record<EventKind, number>> = {};
  private timed = false;
  private readonly born = new Map<number, number>();
  private readonly exits = new Map<number, number>();

  constructor(private readonly summaries: readonly TaskSummary[]) {}

  add({ kind, task, time, effects, exit }: TraceEvent): void {
    this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
    if (time > 0) this.timed = true;
    for (const effect of effects) if (effect.type === 'task') this.born.set(effect.task, time);
    if (exit !== undefined) this.exits.set(task, time);
  }

  counts(): Pick<Counted, 'kinds' | 'signals' | 'timed'> {
    return { kinds: this.kinds, signals: this.kinds.signal ?? 0, timed: this.timed };
  }

  tasks(): TaskData[] {
    return this.summaries.map(({ task, parent, pid, group, program, born, events, exit }) => ({
      task,
      ...(parent !== undefined && { parent }),
      pid,
      group,
      program: program === undefined ? '' : visible(basename(program)),
      born,
      bornTime: this.born.get(task) ?? 0,
      events,
      ...(exit && { exit: { event: exit.event, time: this.exits.get(task) ?? 0, text: showWaitStatus(exit.status, signalName) } }),
    }));
  }
}

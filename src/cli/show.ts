/** `portrace show`: the events of a trace, one a line. */
import { basename } from 'node:path';
import type { CommandModule } from 'yargs';
import { eventIndex, taskId, type TaskId } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { showEvent } from '../show/event.js';
import { eventJson } from '../show/event-json.js';
import { visible } from '../show/visible.js';
import type { TraceEvent } from '../trace/events.js';
import { TraceReader, type EventRange } from '../trace/index.js';
import { print } from './standard-output.js';

/** Which events are shown, and how. */
export interface ShowOptions {
  /** Numbers of tasks; all without it. */
  readonly tasks?: readonly number[] | undefined;
  /** First event, from 1. */
  readonly from?: number | undefined;
  /** Last event. */
  readonly to?: number | undefined;
  /** One JSON object a line. */
  readonly json?: boolean | undefined;
}

/** Prints events. Trouble('trace') where the trace cannot be read, 'usage' for a bad selection. */
export async function show(path: string, options: ShowOptions = {}): Promise<void> {
  const range = rangeOf(options);
  const reader = TraceReader.open(path);
  try {
    const tasks = new Set((options.tasks ?? []).map((task) => whole('task', task)));
    checkTasks(reader, tasks);
    const events = chosen(reader.events(range), tasks);
    await print(options.json ? map(events, eventJson) : map(events, lines(reader)));
  } finally {
    reader.close();
  }
}

function rangeOf({ from, to }: ShowOptions): EventRange {
  const range = {
    ...(from === undefined ? {} : { from: eventIndex(whole('from', from)) }),
    ...(to === undefined ? {} : { to: eventIndex(whole('to', to)) }),
  };
  if (from !== undefined && to !== undefined && from > to) {
    throw new Trouble('usage', `show: --from ${from} is behind --to ${to}; swap them`);
  }
  return range;
}

function whole(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new Trouble('usage', `show: --${option} takes a number from 1 on`);
}

function checkTasks(reader: TraceReader, wanted: ReadonlySet<number>): void {
  if (wanted.size === 0) return;
  const known = new Set<number>(reader.tasks().map(({ task }) => task));
  for (const task of wanted) {
    if (!known.has(task)) {
      throw new Trouble('usage', `show: the trace has no task ${task}; portrace info lists its tasks`);
    }
  }
}

function* chosen(events: Iterable<TraceEvent>, tasks: ReadonlySet<number>): Iterable<TraceEvent> {
  for (const event of events) if (tasks.size === 0 || tasks.has(event.task)) yield event;
}

function* map(events: Iterable<TraceEvent>, show: (event: TraceEvent) => string): Iterable<string> {
  for (const event of events) yield show(event);
}

/** Number of the event, task, event: `  1234  2(uml)  getpid() = 17`. */
function lines(reader: TraceReader): (event: TraceEvent) => string {
  const names = new Map<TaskId, string>();
  for (const { task, program } of reader.tasks()) {
    names.set(task, program === undefined ? `${task}` : `${task}(${visible(basename(program))})`);
  }
  const numberWidth = Math.max(6, `${reader.eventCount}`.length);
  const taskWidth = Math.max(0, ...[...names.values()].map((name) => name.length));
  return (event) => {
    const name = names.get(taskId(event.task)) ?? `${event.task}`;
    return `${`${event.index}`.padStart(numberWidth)}  ${name.padEnd(taskWidth)}  ${showEvent(event)}`;
  };
}

interface Arguments {
  readonly trace: string;
  readonly task?: readonly number[] | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly json: boolean;
}

export const showCommand: CommandModule<object, Arguments> = {
  command: 'show <trace>',
  describe: 'Print the events of a trace',
  builder: (yargs) =>
    yargs
      .positional('trace', { type: 'string', demandOption: true, describe: 'Trace file' })
      .option('task', { type: 'number', array: true, requiresArg: true, describe: 'Only these tasks' })
      .option('from', { type: 'number', requiresArg: true, describe: 'First event' })
      .option('to', { type: 'number', requiresArg: true, describe: 'Last event' })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object a line' })
      .example('portrace show boot.trace --from 1000 --to 1020', 'Print 21 events')
      .example('portrace show boot.trace --task 2 | less', 'Print what task 2 did')
      .strict(),
  handler: ({ trace, task, from, to, json }) => show(trace, { tasks: task, from, to, json }),
};

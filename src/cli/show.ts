/** `portrace show`: the events of a trace, one a line, or as strace would have written them. */
import type { CommandModule } from 'yargs';
import { eventIndex, type TaskId } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { JsonLines } from '../show/json-lines.js';
import { ListLines } from '../show/list-lines.js';
import { endsTask, EventFilter, selectionOf, type Selection } from '../show/selection.js';
import { StraceLines, type EventLines } from '../show/strace-lines.js';
import { styleText } from '../show/style.js';
import type { TimeFormat } from '../show/time-column.js';
import { STRACE_STYLE, type Style } from '../syscalls/index.js';
import type { TraceEvent } from '../trace/events.js';
import { TraceReader } from '../trace/index.js';
import { noteImport } from './import-note.js';
import { printPaged } from './pager.js';
import { print, wantsColour } from './standard-output.js';

/** Which events are shown, and how. Where strace has the option, it means the same. */
export interface ShowOptions {
  /** Numbers of tasks; all without it. */
  readonly tasks?: readonly number[] | undefined;
  /** First event, from 1. */
  readonly from?: number | undefined;
  /** Last event. */
  readonly to?: number | undefined;
  /** An event in the middle, and how many are shown on each side. */
  readonly around?: number | undefined;
  readonly context?: number | undefined;
  /** -e */
  readonly expressions?: readonly string[] | undefined;
  /** -P */
  readonly paths?: readonly string[] | undefined;
  /** One JSON object a line. */
  readonly json?: boolean | undefined;
  /** As strace writes it; with `pids` as strace -f. */
  readonly strace?: boolean | undefined;
  readonly pids?: boolean | undefined;
  readonly style?: Style | undefined;
  readonly descriptors?: boolean | undefined;
  readonly numbers?: boolean | undefined;
  readonly times?: TimeFormat | undefined;
  readonly durations?: boolean | undefined;
  readonly mappings?: boolean | undefined;
  readonly all?: boolean | undefined;
}

const DEFAULT_CONTEXT = 10;

/** Prints events. Trouble('trace') where the trace cannot be read, 'usage' for a bad selection. */
export async function show(path: string, options: ShowOptions = {}): Promise<void> {
  const selection = selectionOf(options.expressions ?? [], options.paths);
  const range = rangeOf(options);
  const reader = TraceReader.open(path);
  try {
    const first = options.around ?? options.from ?? 0;
    if (first > reader.eventCount) throw new Trouble('usage', `show: the trace has no event ${first}; its last is ${reader.eventCount}`);
    checkTasks(reader, options.tasks ?? []);
    const lines = (): Iterable<string> => linesOf(reader, range, selection, options);
    noteImport('show', reader);
    if (options.json) await print(lines());
    else await printPaged({ [Symbol.iterator]: () => lines()[Symbol.iterator]() });
  } finally {
    reader.close();
  }
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function rangeOf({ from, to, around, context = DEFAULT_CONTEXT }: ShowOptions): Range {
  if (around !== undefined) {
    if (from !== undefined || to !== undefined) throw new Trouble('usage', 'show: --around excludes --from and --to; say --context for more events');
    const middle = whole('around', around);
    return { from: Math.max(1, middle - whole('context', context, 0)), to: middle + context };
  }
  const range = { from: from === undefined ? 1 : whole('from', from), to: to === undefined ? Infinity : whole('to', to) };
  if (range.from > range.to) throw new Trouble('usage', `show: --from ${from} is behind --to ${to}; swap them`);
  return range;
}

function whole(option: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Trouble('usage', `show: --${option} takes a number from ${least} on`);
}

function checkTasks(reader: TraceReader, wanted: readonly number[]): void {
  if (wanted.length === 0) return;
  const known = new Set<number>(reader.tasks().map(({ task }) => task));
  for (const task of wanted) {
    if (!known.has(whole('task', task))) {
      throw new Trouble('usage', `show: the trace has no task ${task}; portrace info lists its tasks`);
    }
  }
}

function* linesOf(reader: TraceReader, { from, to }: Range, selection: Selection, options: ShowOptions): Iterable<string> {
  const tasks = new Set<number>(options.tasks ?? []);
  const lines = makeLines(reader, options);
  const filter = new EventFilter(selection, lines.texts.files);
  // What descriptors refer to, and when a call began, the events before tell.
  const first = options.descriptors || options.durations || EventFilter.needsFiles(selection) ? 1 : from;
  const events = reader.events({ from: eventIndex(first), ...(Number.isFinite(to) && { to: eventIndex(to) }) });
  /** How they end decides; those whose task is gone, or the trace at its end, do not return. */
  const open = new Map<TaskId, TraceEvent>();
  for (const event of events) {
    const isChosen = event.index >= from && (tasks.size === 0 || tasks.has(event.task));
    if (event.kind === 'leave') open.delete(event.task);
    const left = event.exit && open.get(event.task);
    if (left) yield* lines.late(left);
    if (event.exit) open.delete(event.task);
    yield* lines.take(event, (shown, inputs) => {
      if (!isChosen || !filter.accepts(shown, inputs)) return false;
      if (selection.statuses === undefined || !isBegun(shown)) return true;
      open.set(shown.task, shown);
      lines.texts.keep(shown);
      return false;
    });
  }
  for (const event of open.values()) yield* lines.late(event);
  yield* lines.end();
}

/** A call of which the event does not know how it ends. */
const isBegun = ({ kind, syscall }: TraceEvent): boolean => kind === 'enter' && !endsTask(syscall!.number);

function makeLines(reader: TraceReader, options: ShowOptions): EventLines {
  const { style = STRACE_STYLE, descriptors: paths = false, numbers = false, times, durations = false, all = false } = options;
  const common = { style, paths, numbers, durations, all, ...(times !== undefined && { times }) };
  if (options.json) return new JsonLines(reader.session, common);
  if (options.strace || options.pids) return new StraceLines(reader, { ...common, pids: options.pids === true });
  const styled = wantsColour() ? { styled: styleText(true) } : {};
  return new ListLines(reader, { ...common, mappings: options.mappings === true, ...styled });
}

interface Arguments {
  readonly trace: string;
  readonly task?: readonly number[] | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly around?: number | undefined;
  readonly context?: number | undefined;
  readonly expr?: readonly string[] | undefined;
  readonly 'trace-path'?: readonly string[] | undefined;
  readonly 'string-limit': number;
  readonly 'no-abbrev': boolean;
  readonly 'strings-in-hex': number;
  readonly 'const-print-style': Style['names'];
  readonly strace: boolean;
  readonly f: boolean;
  readonly 'decode-fds': boolean;
  readonly 'syscall-number': boolean;
  readonly 'syscall-times': boolean;
  readonly 'relative-timestamps': boolean;
  readonly t: number;
  readonly mmaps: boolean;
  readonly 'all-events': boolean;
  readonly json: boolean;
}

const CLOCKS: readonly (TimeFormat | undefined)[] = [undefined, 'clock', 'clock-micro', 'epoch'];
const HEXADECIMAL = ['never', 'unprintable', 'always'] as const;

function optionsOf(given: Arguments): ShowOptions {
  if (given.t > 0 && given['relative-timestamps']) throw new Trouble('usage', 'show: -r and -t exclude each other; say one of them');
  if (given.json && (given.strace || given.f)) throw new Trouble('usage', 'show: --json and --strace exclude each other; say one of them');
  if (given.mmaps && (given.json || given.strace || given.f)) throw new Trouble('usage', 'show: --mmaps is for the list of events; leave out --strace, -f and --json, which has the mappings anyway');
  const style: Style = {
    strings: whole('string-limit', given['string-limit'], 0),
    verbose: given['no-abbrev'],
    hexadecimal: HEXADECIMAL[Math.min(given['strings-in-hex'], 2)]!,
    names: given['const-print-style'],
  };
  const { task: tasks, from, to, around, context, json, strace } = given;
  return {
    tasks, from, to, around, context, json, strace, style,
    expressions: given.expr,
    paths: given['trace-path'],
    pids: given.f,
    descriptors: given['decode-fds'],
    numbers: given['syscall-number'],
    times: given['relative-timestamps'] ? 'relative' : CLOCKS[Math.min(given.t, 3)],
    durations: given['syscall-times'],
    mappings: given.mmaps,
    all: given['all-events'],
  };
}

const FILTERS = 'Which events:';
const TEXTS = 'How they read:';

export const showCommand: CommandModule<object, Arguments> = {
  command: 'show <trace>',
  describe: 'Print the events of a trace, calls as strace prints them',
  builder: (yargs) =>
    yargs
      .positional('trace', { type: 'string', demandOption: true, describe: 'Trace file' })
      .option('task', { type: 'number', array: true, requiresArg: true, group: FILTERS, describe: 'Only these tasks' })
      .option('from', { type: 'number', requiresArg: true, group: FILTERS, describe: 'First event' })
      .option('to', { type: 'number', requiresArg: true, group: FILTERS, describe: 'Last event' })
      .option('around', { type: 'number', requiresArg: true, group: FILTERS, describe: 'This event and those around it' })
      .option('context', { type: 'number', requiresArg: true, group: FILTERS, describe: 'How many on each side of --around [default: 10]' })
      .option('expr', { alias: 'e', type: 'string', array: true, nargs: 1, requiresArg: true, group: FILTERS, describe: '[trace=|status=|signal=][!]NAME,%CLASS,/REGEX… as of strace' })
      .option('trace-path', { alias: 'P', type: 'string', array: true, nargs: 1, requiresArg: true, group: FILTERS, describe: 'Only calls about this path' })
      .option('all-events', { type: 'boolean', default: false, group: FILTERS, describe: 'With --strace: also rdtsc, cpuid, vsyscalls, steps, preemptions' })
      .option('strace', { type: 'boolean', default: false, group: TEXTS, describe: 'Lines as strace writes them, without numbers of events' })
      .option('f', { type: 'boolean', default: false, group: TEXTS, describe: 'As strace -f: --strace with thread ids in front' })
      .option('string-limit', { alias: 's', type: 'number', default: STRACE_STYLE.strings, requiresArg: true, group: TEXTS, describe: 'Most bytes of a string, most elements of a list' })
      .option('no-abbrev', { alias: 'v', type: 'boolean', default: false, group: TEXTS, describe: 'Structures, lists and environments whole' })
      .option('strings-in-hex', { alias: 'x', count: true, default: 0, group: TEXTS, describe: 'Strings that are not printable in hexadecimal; -xx: all' })
      .option('const-print-style', { alias: 'X', choices: ['abbrev', 'raw', 'verbose'] as const, default: 'abbrev' as const, requiresArg: true, group: TEXTS, describe: 'Constants by name, by number, or both' })
      .option('decode-fds', { alias: 'y', type: 'boolean', default: false, group: TEXTS, describe: 'Descriptors with what they refer to' })
      .option('syscall-number', { alias: 'n', type: 'boolean', default: false, group: TEXTS, describe: 'The number of the call' })
      .option('syscall-times', { alias: 'T', type: 'boolean', default: false, group: TEXTS, describe: 'What a call took, at most' })
      .option('relative-timestamps', { alias: 'r', type: 'boolean', default: false, group: TEXTS, describe: 'The time since the line before' })
      .option('t', { count: true, default: 0, group: TEXTS, describe: 'The time of day in UTC; -tt: with microseconds; -ttt: since 1970' })
      .option('mmaps', { type: 'boolean', default: false, group: TEXTS, describe: 'Every change of a mapping below its event' })
      .option('json', { type: 'boolean', default: false, group: TEXTS, describe: 'Print one JSON object a line' })
      .example('portrace show boot.trace --from 1000 --to 1020', 'Print 21 events')
      .example('portrace show boot.trace --task 2', 'Print what task 2 did')
      .example('portrace show -f boot.trace > boot.strace', 'Write what strace -f would have written')
      .example('portrace show -y -e trace=%file -e status=failed boot.trace', 'Print failed calls about files')
      .example('portrace show boot.trace --around 4711', 'Print event 4711 between its neighbours')
      .strict() as never,
  handler: (given) => show(given.trace, optionsOf(given)),
};

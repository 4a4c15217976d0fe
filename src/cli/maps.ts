/** `portrace maps`: the address spaces after an event, as /proc/PID/maps shows them. */
import type { CommandModule } from 'yargs';
import { eventIndex, taskId, type EventIndex, type SpaceId, type TaskId } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { spacesAfter, type LivingSpace, type SpacesAtEvent } from '../mappings/index.js';
import { showEvent } from '../show/event.js';
import { showSpaceChanges, showSpaces } from '../show/maps.js';
import { mapsJson } from '../show/maps-json.js';
import { reportedChanges, reportedLinks, reportedSpaces, type MapsNames } from '../show/maps-report.js';
import { mapsSvg } from '../show/maps-svg.js';
import { TraceReader, type TaskSummary } from '../trace/index.js';
import { writeOutput } from './output-file.js';
import { printPaged } from './pager.js';
import { print, wantsColour } from './standard-output.js';

/** Which moment and which address spaces are shown, and how. */
export interface MapsOptions {
  /** The event, from 1; without it the last after which a task lives. */
  readonly at?: number | undefined;
  /** Numbers of tasks; all that live without it. */
  readonly tasks?: readonly number[] | undefined;
  /** A later event: tells what changed until then. */
  readonly diff?: number | undefined;
  readonly json?: boolean | undefined;
  /** Path of a drawing to write. */
  readonly svg?: string | undefined;
  /** Replaces an existing drawing. */
  readonly force?: boolean | undefined;
}

/** Prints address spaces. Trouble('trace') where the trace cannot be read, 'usage' for a bad selection, 'storage' for a drawing. */
export async function maps(path: string, options: MapsOptions = {}): Promise<void> {
  checkOptions(options);
  const reader = TraceReader.open(path);
  try {
    const trace = new MappedGuest(reader);
    if (options.diff === undefined) await tellSpaces(trace, options);
    else await tellChanges(trace, options, options.diff);
  } finally {
    reader.close();
  }
}

function checkOptions({ at, tasks = [], diff, svg }: MapsOptions): void {
  for (const [option, value] of [['at', at], ['diff', diff], ...tasks.map((task) => ['task', task] as const)] as const) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) throw new Trouble('usage', `maps: --${option} takes a number from 1 on`);
  }
  if (svg === '') throw new Trouble('usage', 'maps: --svg takes the name of one file');
  if (diff === undefined) return;
  if (at === undefined) throw new Trouble('usage', 'maps: --diff needs --at, the event to begin with');
  if (at > diff) throw new Trouble('usage', `maps: --at ${at} is behind --diff ${diff}; swap them`);
  if (svg !== undefined) throw new Trouble('usage', 'maps: --svg draws one moment; leave out --diff');
}

/** A trace, and what the command needs to know of all of it. */
class MappedGuest {
  readonly names: MapsNames;
  readonly tasks: readonly TaskSummary[];

  constructor(readonly reader: TraceReader) {
    this.tasks = reader.tasks();
    this.names = { objects: new Map(reader.objects().map((object) => [object.id, object])), pids: new Map(this.tasks.map(({ task, pid }) => [task, pid])) };
  }

  /** What is to be known of the trace before its address spaces are believed. */
  notes(): string[] {
    const { complete, session: { imported } } = this.reader;
    if (imported) return [`imported from a log of ${imported.tool === 'gvisor' ? 'gVisor' : imported.tool}: only what its calls show; what a program starts with is missing`];
    return complete ? [] : ['the recording was cut short or still runs'];
  }

  /** The event itself, or the last one after which a task lives. */
  eventFor(at: number | undefined): EventIndex {
    const last = this.reader.eventCount;
    if (at !== undefined && at > last) throw new Trouble('usage', `maps: the trace has no event ${at}; its last one is ${last}`);
    return eventIndex(at ?? this.lastWithLife());
  }

  private lastWithLife(): number {
    if (this.tasks.some(({ exit }) => exit === undefined)) return this.reader.eventCount;
    return this.tasks.reduce((last, { exit }) => Math.max(last, exit!.event - 1), 0);
  }

  /** The tasks that an option names. Throws Trouble where one is not in the trace. */
  chosen(numbers: readonly number[]): TaskId[] {
    return numbers.map((number) => {
      if (this.tasks.some(({ task }) => task === number)) return taskId(number);
      throw new Trouble('usage', `maps: the trace has no task ${number}; portrace info lists its tasks`);
    });
  }

  /** What is known of the events, in their order. */
  after(...events: readonly EventIndex[]): SpacesAtEvent[] {
    const found = spacesAfter(this.reader, events);
    return events.map((event) => found.find((each) => each.event.index === event) ?? this.noEvents());
  }

  private noEvents(): never {
    throw new Trouble('trace', `maps: ${this.reader.path} has no event after which a task lives`);
  }

  /** Why a task has no address space after an event. */
  absence(task: TaskId, event: EventIndex): string {
    const { born, exit } = this.tasks.find((each) => each.task === task)!;
    if (born > event) return `it begins at event ${born}`;
    return exit === undefined ? 'the trace does not tell of its address space' : `it was gone at event ${exit.event}`;
  }
}

async function tellSpaces(trace: MappedGuest, options: MapsOptions): Promise<void> {
  const tasks = trace.chosen(options.tasks ?? []);
  const [moment] = trace.after(trace.eventFor(options.at));
  const { event, spaces } = moment!;
  const chosen = chosenSpaces(trace, moment!, tasks);
  const reported = reportedSpaces(spaces, chosen, trace.names);
  const heading = { trace: trace.reader.path, notes: trace.notes(), event: event.index };
  if (options.svg !== undefined) {
    const drawing = mapsSvg({ spaces: reported, links: reportedLinks(spaces, chosen) }, heading);
    writeOutput({ command: 'maps', path: options.svg, force: options.force === true, traces: [trace.reader.path] }, drawing);
  }
  if (options.json) return print([mapsJson({ ...heading, spaces: reported })]);
  await printPaged([momentLine('after', moment!), ...noteLines(heading.notes), '', ...showSpaces(reported, { colour: wantsColour() })]);
}

function chosenSpaces(trace: MappedGuest, { event, spaces }: SpacesAtEvent, tasks: readonly TaskId[]): Set<SpaceId> {
  if (spaces.length === 0) throw new Trouble('usage', `maps: no task lives after event ${event.index}; leave out --at for the last one after which one does`);
  if (tasks.length === 0) return new Set(spaces.map(({ space }) => space));
  return new Set(tasks.map((task) => {
    const home = homeOf(task, spaces);
    if (home === undefined) throw new Trouble('usage', `maps: task ${task} does not live after event ${event.index}: ${trace.absence(task, event.index)}`);
    return home.space;
  }));
}

const homeOf = (task: TaskId, spaces: readonly LivingSpace[]): LivingSpace | undefined => spaces.find(({ tasks }) => tasks.includes(task));

async function tellChanges(trace: MappedGuest, options: MapsOptions, until: number): Promise<void> {
  const tasks = trace.chosen(options.tasks ?? []);
  const [first, second] = trace.after(trace.eventFor(options.at), trace.eventFor(until));
  const sides = [first!, second!].map(({ spaces }) => (tasks.length === 0 ? spaces : spaces.filter((space) => tasks.some((task) => space.tasks.includes(task)))));
  for (const task of tasks) {
    if (sides.every((spaces) => homeOf(task, spaces) === undefined)) {
      throw new Trouble('usage', `maps: task ${task} lives neither after event ${options.at} nor after event ${until}: ${trace.absence(task, second!.event.index)}`);
    }
  }
  const spaces = reportedChanges(sides[0]!, sides[1]!, trace.names);
  const notes = trace.notes();
  if (options.json) return print([mapsJson({ trace: trace.reader.path, notes, event: first!.event.index, until: second!.event.index, spaces })]);
  const lines = spaces.length === 0 ? ['nothing changed'] : showSpaceChanges(spaces, { colour: wantsColour() });
  await printPaged([momentLine('from', first!), momentLine('to', second!), ...noteLines(notes), '', ...lines]);
}

const momentLine = (word: string, { event }: SpacesAtEvent): string => `${word} event ${event.index}, task ${event.task}: ${showEvent(event)}`;

const noteLines = (notes: readonly string[]): string[] => notes.map((note) => `note: ${note}`);

interface Arguments {
  readonly trace: string;
  readonly at?: number | undefined;
  readonly task?: readonly number[] | undefined;
  readonly diff?: number | undefined;
  readonly json: boolean;
  readonly svg?: string | undefined;
  readonly force: boolean;
}

export const mapsCommand: CommandModule<object, Arguments> = {
  command: 'maps <trace>',
  describe: 'Show the address spaces after an event, and who else sees the same pages',
  builder: (yargs) =>
    yargs
      .positional('trace', { type: 'string', demandOption: true, describe: 'Trace file' })
      .option('at', { type: 'number', requiresArg: true, describe: 'The event [default: the last after which a task lives]' })
      .option('task', { type: 'number', array: true, requiresArg: true, describe: 'Only the address spaces of these tasks [default: of all that live]' })
      .option('diff', { type: 'number', requiresArg: true, describe: 'Tell what changed from --at to this event' })
      .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
      .option('svg', { type: 'string', requiresArg: true, describe: 'Draw the address spaces into this file' })
      .option('force', { type: 'boolean', default: false, describe: 'Replace an existing drawing' })
      .example('portrace maps a.trace', 'Show what was mapped in the end')
      .example('portrace maps a.trace --at 90 --task 1', 'Show one address space')
      .example('portrace maps a.trace --at 90 --diff 95', 'Tell what changed')
      .example('portrace maps a.trace --svg a.svg', 'Draw all of them')
      .strict() as never,
  handler: ({ trace, task, ...options }) => maps(trace, { ...options, tasks: task }),
};

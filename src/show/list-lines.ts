/** Lines of events with their numbers and tasks, each event in one line: `  1234  2(uml)  getpid() = 17`. */
import { basename } from 'node:path';
import { taskId, type TaskId } from '../base/brands.js';
import type { MappingChange, MemoryObject, TraceEvent } from '../trace/events.js';
import { CallTimes } from './call-times.js';
import { showEvent } from './event.js';
import { EventTexts } from './event-texts.js';
import { accessText } from './maps-report.js';
import { always, type Accepts, type EventLines, type LineOptions, type TracedGuest } from './strace-lines.js';
import type { StyleText } from './query-rows.js';
import { eventMillisecond, TimeColumn } from './time-column.js';
import { visible } from './visible.js';

export interface ListOptions extends LineOptions {
  /** Every change of a mapping below its event. */
  readonly mappings?: boolean;
  readonly styled?: StyleText;
}

export interface ListedGuest extends TracedGuest {
  readonly eventCount: number;
  objects(): readonly MemoryObject[];
}

const LEAST_WIDTH = 6;
const plain: StyleText = (_style, text) => text;
const FAILED = / = -1 E[A-Z0-9]+ \([^)]*\)/;

export class ListLines implements EventLines {
  readonly texts: EventTexts;
  private readonly names = new Map<TaskId, string>();
  private readonly numberWidth: number;
  private readonly taskWidth: number;
  private readonly times: TimeColumn;
  private readonly durations: CallTimes | undefined;
  private readonly styled: StyleText;
  private objects: ReadonlyMap<number, string> | undefined;

  constructor(
    private readonly guest: ListedGuest,
    private readonly options: ListOptions = {},
  ) {
    this.texts = new EventTexts(guest.session, options);
    for (const { task, program } of guest.tasks()) this.names.set(task, program === undefined ? `${task}` : `${task}(${visible(basename(program))})`);
    this.numberWidth = Math.max(LEAST_WIDTH, `${guest.eventCount}`.length);
    this.taskWidth = Math.max(0, ...[...this.names.values()].map((name) => name.length));
    this.times = new TimeColumn(eventMillisecond(guest.session.startedAt), options.times);
    if (options.durations) this.durations = new CallTimes(guest.session.imported !== undefined);
    this.styled = options.styled ?? plain;
  }

  /** The lines that the next event gives. One that is not accepted counts for what follows. */
  *take(event: TraceEvent, accepts: Accepts = always): Iterable<string> {
    this.texts.apply(event);
    this.durations?.apply(event);
    const isShown = accepts(event, this.texts.inputs);
    if (isShown) {
      yield this.line(event);
      if (this.options.mappings) yield* this.mappings(event);
    }
  }

  /** An event that turned out to be wanted; it was applied in its time. */
  *late(event: TraceEvent): Iterable<string> {
    yield this.line(event);
  }

  *end(): Iterable<string> {}

  private line(event: TraceEvent): string {
    const name = this.names.get(taskId(event.task)) ?? `${event.task}`;
    const front = `${`${event.index}`.padStart(this.numberWidth)}  ${name.padEnd(this.taskWidth)}  `;
    const number = this.options.numbers && event.syscall ? `[${`${event.syscall.number}`.padStart(4)}] ` : '';
    const text = showEvent(event, this.texts.call(event));
    return `${this.styled('dim', front)}${this.times.column(event.time)}${number}${this.coloured(event, text)}${this.durations?.column(event) ?? ''}`;
  }

  private coloured(event: TraceEvent, text: string): string {
    if (event.signal || event.exit) return this.styled('bold', text);
    return this.styled === plain ? text : text.replace(FAILED, (failure) => this.styled('red', failure));
  }

  private *mappings({ effects }: TraceEvent): Iterable<string> {
    for (const effect of effects) if (effect.type === 'mapping') yield `${' '.repeat(this.numberWidth)}    ${this.styled('green', visible(this.mapping(effect)))}`;
  }

  private mapping({ operation, address, length, protection, object, offset, from }: MappingChange): string {
    this.objects ??= new Map(this.guest.objects().map(({ id, path }) => [id as number, path]));
    const range = (at: number, bytes: number): string => `0x${at.toString(16)}-0x${(at + bytes).toString(16)}`;
    const access = operation === 'map' || operation === 'protect' || operation === 'remap' ? ` ${accessText(protection)}` : operation === 'advise' ? ` advice ${protection}` : '';
    const source = object === undefined ? '' : ` ${this.objects.get(object) ?? `object ${object}`}+0x${offset.toString(16)}`;
    const before = from === undefined ? '' : ` from ${range(from.address, from.length)}`;
    return `${operation} ${range(address, length)}${access}${source}${before}`;
  }
}

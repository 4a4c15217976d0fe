/** Events as the lines of `strace -f -ttt -T`, which `portrace import` reads. */
import type { TaskId } from '../base/brands.js';
import type { OpenTrace } from '../diff/open-trace.js';
import { showEvent } from '../show/event.js';
import { visible } from '../show/visible.js';
import { MadeCalls, type MadeCall } from '../stat/index.js';
import { rowOf, showSiginfo, signalName } from '../syscalls/index.js';
import type { SignalFacts, TraceEvent } from '../trace/events.js';
import { callText, SEPARATOR, type CallText } from './call-text.js';
import type { Selection } from './selection.js';

const MICROSECOND = 1000;
const SECOND = 1_000_000;
const MICROSECONDS_IN_MS = 1000;

/**
 * System calls, signals and ends of tasks. strace knows no other events; that of a guest tracer's call is a call whose
 * result is not known. What comes before the selection is read, too: it tells when a call began.
 */
export function* straceLines(trace: OpenTrace, { from, to, hasTask }: Selection): Generator<string, undefined> {
  const log = new StraceLog(trace);
  const chosen = ({ index, task }: TraceEvent): boolean => index >= from && hasTask(task);
  for (const event of trace.events({ to })) {
    for (const line of log.take(event, chosen(event))) yield line;
  }
}

class StraceLog {
  private readonly calls: MadeCalls<undefined>;
  private readonly pids: ReadonlyMap<TaskId, number>;
  /** Microseconds since 1970. */
  private readonly start: number;
  /** Tasks within a call whose first line was written, and how many arguments are in it. */
  private readonly begun = new Map<TaskId, number>();
  private readonly command: readonly string[];
  private readonly environment: readonly string[];

  constructor(trace: OpenTrace) {
    const { imported, startedAt, arguments: command, environment } = trace.session;
    this.calls = new MadeCalls(imported !== undefined, () => undefined);
    this.pids = new Map(trace.tasks().map(({ task, pid }) => [task, pid]));
    this.start = Date.parse(startedAt) * MICROSECONDS_IN_MS;
    this.command = command;
    this.environment = environment;
  }

  take(event: TraceEvent, isChosen: boolean): string[] {
    const ended = this.calls.take(event);
    if (!isChosen) return [];
    const lines = ended.flatMap((call) => this.endOf(call));
    const rest = this.restOf(event);
    return rest === undefined ? lines : [...lines, this.line(event.task, event.time, rest)];
  }

  private restOf(event: TraceEvent): string | undefined {
    switch (event.kind) {
      case 'enter': {
        const { name, arguments: args } = this.textOf({ begun: event, event });
        const known = knownAtEntry(event, args);
        this.begun.set(event.task, known);
        return `${name}(${args.slice(0, known).join(SEPARATOR)}${known > 0 && known < args.length ? SEPARATOR : ''} <unfinished ...>`;
      }
      case 'intercept': {
        const { name, arguments: args } = this.textOf({ begun: event, event });
        return `${name}(${args.join(SEPARATOR)}) = ? <stopped for its tracer>`;
      }
      case 'signal':
        return event.signal && signalText(event.signal);
      case 'exit':
        return showEvent(event);
      default:
        return undefined;
    }
  }

  /** The line with a call's result, or, where its task went on without one, that there is none. */
  private endOf(call: MadeCall<undefined>): string[] {
    const { begun, event, span } = call;
    const { task } = event;
    if (begun.kind === 'intercept' && begun === event) return [];
    const { name, arguments: args, result = '?' } = this.textOf(call);
    const end = `) = ${withNumber(result, event)}${span === undefined ? '' : ` <${(span.duration / MICROSECOND / SECOND).toFixed(6)}>`}`;
    if (begun.kind === 'syscall') return [this.line(task, span?.start ?? event.time, `${name}(${args.join(SEPARATOR)}${end}`)];
    // Its tracer let the call be made after all, or another in its place: a call of its own.
    if (begun.kind === 'intercept') return [this.line(task, call.end, `${name}(${args.join(SEPARATOR)}${end}`)];
    const known = this.begun.get(task) ?? 0;
    this.begun.delete(task);
    return [this.line(task, call.end, `<... ${name} resumed>${args.slice(known).join(SEPARATOR)}${end}`)];
  }

  /** A recording begins where the first program was started: the call has no arguments there, the trace has. */
  private textOf(call: Pick<MadeCall<undefined>, 'begun' | 'event'>): CallText {
    const told = callText(call);
    const text = { ...told, arguments: straceArguments(told, call.begun) };
    const program = call.event.index === 1 ? programIn(call.event) : undefined;
    if (program === undefined || text.name !== 'execve' || call.event.inputs.length > 0) return text;
    const words = this.command.map(quoted).join(SEPARATOR);
    return { ...text, arguments: [quoted(program), `[${words}]`, `0x0 /* ${this.environment.length} vars */`] };
  }

  private line(task: TaskId, nanoseconds: number, rest: string): string {
    const time = this.start + Math.floor(nanoseconds / MICROSECOND);
    return `${this.pids.get(task) ?? task} ${Math.floor(time / SECOND)}.${String(time % SECOND).padStart(6, '0')} ${rest}`;
  }
}

/** The names of clone's arguments that strace shows, and the CLONE_* (linux/sched.h) that call for each; the others are always there. */
const CLONE_ARGUMENTS: readonly (readonly [name: string, flags?: number])[] = [
  ['flags'],
  ['child_stack'],
  ['parent_tid', 0x101000],
  ['child_tidptr', 0x1200000],
  ['tls', 0x80000],
];

/** strace names the arguments of clone, as it leaves out what the call does not look at. */
function straceArguments({ name, arguments: args }: CallText, { syscall }: TraceEvent): readonly string[] {
  if (name !== 'clone') return args;
  const given = Number(syscall!.arguments[0] & 0xffffffffn);
  const names = CLONE_ARGUMENTS.filter(([, flags]) => flags === undefined || (given & flags) !== 0);
  return args.map((text, index) => (index < names.length ? `${names[index]![0]}=${text}` : text));
}

/** How many arguments stand in the first line: those before the first that the call leaves something in. */
function knownAtEntry({ syscall }: TraceEvent, args: readonly string[]): number {
  const row = rowOf(syscall!.number);
  const first = row?.arguments.findIndex(({ direction }) => direction === 'out' || direction === 'inout') ?? -1;
  return first < 0 ? args.length : Math.min(first, args.length);
}

/** strace has the number of a result that also has a name. */
const withNumber = (result: string, { syscall }: TraceEvent): string => (/^(?:\?|-?\d)/.test(result) ? result : `${syscall!.result} (${result})`);

function programIn({ effects }: TraceEvent): string | undefined {
  for (const effect of effects) if (effect.type === 'space' && effect.program !== undefined) return effect.program;
  return undefined;
}

const quoted = (text: string): string => JSON.stringify(visible(text));

function signalText({ number, siginfo }: SignalFacts): string {
  return visible(`--- ${signalName(number)}${siginfo === undefined ? '' : ` ${showSiginfo(siginfo)}`} ---`);
}

/** Which events are shown: strace's -e and -P, by what a call is, how it ended and which file it is about. */
import { Trouble } from '../base/errors.js';
import { posix } from 'node:path';
import { AT_FDCWD, callsNamed, isScalar, rowOf, signalNumber, type Argument } from '../syscalls/index.js';
import type { MemoryInput, TraceEvent } from '../trace/events.js';
import type { FileNames } from './file-names.js';
import { visible } from './visible.js';

/** How a call ended, as strace's -e status has it; a call of exit_group is `unavailable`. */
const STATUSES = ['successful', 'failed', 'unfinished', 'unavailable', 'detached'] as const;
type Status = (typeof STATUSES)[number];
const MAX_ERRNO = 4095;
/** exit, exit_group */
const EXITS: ReadonlySet<number> = new Set([60, 231]);

/** Whether the call ends its task, so that it never returns. */
export const endsTask = (number: number): boolean => EXITS.has(number);

export interface Selection {
  /** System call numbers; all without it. */
  readonly calls?: ReadonlySet<number>;
  readonly statuses?: ReadonlySet<Status>;
  /** Signal numbers; all without it. */
  readonly signals?: ReadonlySet<number>;
  /** Absolute paths. */
  readonly paths?: ReadonlySet<string>;
}

const usage = (text: string): Trouble => new Trouble('usage', `show: ${text}`);

/** `expressions` as -e has them: [trace=|status=|signal=][!]WORD,…; a later one takes the place of an earlier one of its sort. */
export function selectionOf(expressions: readonly string[], paths: readonly string[] = []): Selection {
  const selection: { -readonly [Key in keyof Selection]: Selection[Key] } = {};
  for (const expression of expressions) {
    const [, sort = 'trace', given = ''] = /^(?:(\w+)=)?(.*)$/s.exec(expression) ?? [];
    const isInverted = given.startsWith('!');
    const list = (isInverted ? given.slice(1) : given).split(',').filter((word) => word !== '');
    if (list.length === 0) throw usage(`-e ${visible(expression)} names nothing; say -e trace=openat,%network, say`);
    if (sort === 'trace' || sort === 't') selection.calls = chosen(list.flatMap((word) => [...calls(word)]), ALL_CALLS, isInverted);
    else if (sort === 'status') selection.statuses = chosen(list.flatMap(statuses), STATUSES, isInverted);
    else if (sort === 'signal' || sort === 'signals' || sort === 's') selection.signals = chosen(list.flatMap(signals), ALL_SIGNALS, isInverted);
    else throw usage(`-e ${visible(sort)}= is not known; there are trace=, status= and signal=`);
  }
  if (paths.length > 0) selection.paths = new Set(paths.map((path) => posix.resolve(path)));
  return selection;
}

const LAST_CALL = 1023;
const ALL_CALLS = Array.from({ length: LAST_CALL + 1 }, (_, index) => index);
const LAST_SIGNAL = 64;
const ALL_SIGNALS = Array.from({ length: LAST_SIGNAL }, (_, index) => index + 1);

const chosen = <Value>(named: readonly Value[], all: readonly Value[], isInverted: boolean): ReadonlySet<Value> =>
  isInverted ? new Set(all.filter((each) => !named.includes(each))) : new Set(named);

function calls(word: string): Iterable<number> {
  // strace: a question mark before a name says that it may be unknown.
  const isOptional = word.startsWith('?');
  const name = isOptional ? word.slice(1) : word;
  let found: ReadonlySet<number> | undefined;
  try {
    found = callsNamed(name);
  } catch {
    throw usage(`-e trace=${visible(name)}: this is no regular expression`);
  }
  if (found === undefined && !isOptional) throw usage(`there is no system call ${visible(name)}; classes are %file, %desc, %memory, %process, %network, %signal, %ipc and those of strace`);
  return found ?? [];
}

function statuses(word: string): readonly Status[] {
  if (word === 'all') return STATUSES;
  if (word === 'none') return [];
  if (!STATUSES.includes(word as Status)) throw usage(`-e status=${visible(word)}: there are ${STATUSES.join(', ')}`);
  return [word as Status];
}

function signals(word: string): readonly number[] {
  if (word === 'all') return ALL_SIGNALS;
  if (word === 'none') return [];
  const number = signalNumber(word);
  if (number === undefined) throw usage(`there is no signal ${visible(word)}`);
  return [number];
}

export class EventFilter {
  constructor(
    private readonly selection: Selection,
    private readonly files: FileNames,
  ) {}

  /** Whether any event can be left out. */
  get isNeeded(): boolean {
    return Object.keys(this.selection).length > 0;
  }

  /** True where descriptors must be known, so that all events before count. */
  static needsFiles({ paths }: Selection): boolean {
    return paths !== undefined;
  }

  /** To be asked when the event was applied to the file names. A call that has not returned passes where its status does not count. */
  accepts(event: TraceEvent, inputs: readonly MemoryInput[] = event.inputs): boolean {
    const { calls: numbers, signals: numbersOfSignals, statuses: wanted, paths } = this.selection;
    const { syscall, signal } = event;
    if (signal) return numbersOfSignals?.has(signal.number) ?? true;
    if (syscall === undefined) return event.kind === 'exit' || !this.isNeeded;
    if (numbers && !numbers.has(syscall.number)) return false;
    if (wanted && !wanted.has(statusOf(event))) return false;
    return paths === undefined || this.isAbout(event, inputs, paths);
  }

  private isAbout({ syscall }: TraceEvent, inputs: readonly MemoryInput[], paths: ReadonlySet<string>): boolean {
    const args = rowOf(syscall!.number)?.arguments ?? [];
    let folder = AT_FDCWD;
    for (const [index, argument] of args.entries()) {
      const register = Number(BigInt.asIntN(32, syscall!.arguments[index]!));
      if (isDescriptor(argument)) {
        folder = register;
        const name = register >= 0 ? this.files.of(register) : undefined;
        if (name !== undefined && paths.has(name)) return true;
      } else if (argument.kind.name === 'path') {
        const text = textOf(inputs, index);
        if (text !== undefined && paths.has(this.files.whole(text, folder))) return true;
      }
    }
    const made = syscall!.result !== undefined && rowOf(syscall!.number)?.result.compare === 'descriptor' ? this.files.after(Number(syscall!.result)) : undefined;
    return made !== undefined && paths.has(made);
  }
}

const isDescriptor = ({ kind }: Argument): boolean => isScalar(kind) && kind.compare === 'descriptor';

const UTF8 = new TextDecoder();

function textOf(inputs: readonly MemoryInput[], argument: number): string | undefined {
  const bytes = inputs.find((input) => input.argument === argument)?.bytes;
  return bytes && UTF8.decode(bytes).replace(/\0[^]*$/, '');
}

function statusOf({ kind, syscall }: TraceEvent): Status {
  if (syscall!.result === undefined) return EXITS.has(syscall!.number) ? 'unavailable' : kind === 'intercept' ? 'unavailable' : 'unfinished';
  return syscall!.result < 0n && syscall!.result >= -MAX_ERRNO ? 'failed' : 'successful';
}

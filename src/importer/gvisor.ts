/** gVisor's debug log: `runsc --debug --debug-log=FOLDER/ --strace …`. */
import { understood } from './cursor.js';
import { gvisorLine, type GvisorEvent } from './gvisor-lines.js';
import type { ImportedGuest, Moment } from './guest.js';
import { LogClock } from './log-clock.js';
import type { LogFile, LogLine } from './log-file.js';
import type { Specification } from './gvisor-specification.js';
import type { Tally } from './tally.js';
import type { LoggedCall, Value } from './value.js';

interface Entered {
  readonly call: LoggedCall;
  readonly moment: Moment;
}

const ENDS: ReadonlySet<string> = new Set(['exit', 'exit_group']);
const MADE: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);

export class GvisorReader {
  private readonly clock = new LogClock();
  private start: number | undefined;
  // The call that was entered on the line before: it may return on the next one.
  private last: Entered | undefined;
  private readonly entered = new Map<number, LoggedCall>();
  private readonly ends = new Map<number, number>();
  private readonly groupEnds = new Map<number, number>();

  constructor(
    private readonly log: LogFile,
    private readonly guest: ImportedGuest,
    private readonly returns: ReadonlyMap<number, number>,
  ) {}

  /** Takes a line; false where it is about something else. */
  take({ text, at }: LogLine): boolean {
    const line = gvisorLine(text);
    if (line === undefined) return false;
    const seconds = this.clock.read({ sort: 'day', seconds: line.seconds })!;
    this.start ??= seconds;
    const moment = { pid: line.pid, group: line.group, time: seconds - this.start };
    if (line.event.type === 'leave') this.leave(line.event.call, moment);
    else {
      this.flush();
      this.other(line.event, moment, at);
    }
    return true;
  }

  /** The program that the sandbox began with: its execve stands in no line. */
  begin({ arguments: words, environment }: Specification, pid: number): void {
    const [path = ''] = words;
    const args = [text(path), textList(words), textList(environment)].map((value) => ({ value }));
    this.guest.call({ pid, time: 0 }, { name: 'execve', arguments: args, result: 0n });
  }

  /** A call that did not return on its next line: others run beside it. */
  flush(): void {
    if (this.last === undefined) return;
    const { call, moment } = this.last;
    this.last = undefined;
    this.guest.enter(moment, call);
  }

  private other(event: Exclude<GvisorEvent, { type: 'leave' }>, moment: Moment, at: number): void {
    const group = moment.group ?? moment.pid;
    if (event.type === 'enter') this.enter(event.call, moment, at);
    else if (event.type === 'signal') this.signal(event.number, moment, group);
    else this.guest.exit(moment, this.ends.get(moment.pid) ?? this.groupEnds.get(group) ?? 0);
  }

  private enter(call: LoggedCall, moment: Moment, at: number): void {
    if (ENDS.has(call.name)) {
      const code = call.arguments[0]?.value;
      const status = (Number(code?.type === 'number' ? code.value : 0n) & 0xff) << 8;
      if (call.name === 'exit') this.ends.set(moment.pid, status);
      else this.groupEnds.set(moment.group ?? moment.pid, status);
      this.guest.call(moment, call);
      return;
    }
    const result = MADE.has(call.name) ? this.resultOf(at) : undefined;
    const known = result === undefined ? call : { ...call, result };
    this.entered.set(moment.pid, call);
    this.last = { call: known, moment };
  }

  private leave(call: LoggedCall, moment: Moment): void {
    if (ENDS.has(call.name)) return;
    const entered = this.entered.get(moment.pid);
    const whole = entered?.name === call.name ? joined(entered, call) : call;
    this.entered.delete(moment.pid);
    if (this.last?.moment.pid === moment.pid && this.last.call.name === call.name) {
      const { moment: before } = this.last;
      this.last = undefined;
      this.guest.call(before, whole);
    } else {
      this.flush();
      this.guest.leave(moment, whole);
    }
  }

  private signal(number: number, moment: Moment, group: number): void {
    if (this.guest.isFatal(group, number)) this.groupEnds.set(group, number);
    this.guest.signal(moment, number);
  }

  private resultOf(at: number): bigint | undefined {
    const place = this.returns.get(at);
    const line = place === undefined ? undefined : gvisorLine(this.log.lineAt(place));
    return line?.event.type === 'leave' ? line.event.call.result : undefined;
  }
}

/** At the return, gVisor writes `...` for what the call only read. */
function joined(entered: LoggedCall, left: LoggedCall): LoggedCall {
  const args = left.arguments.map((argument, index) => (argument.value.text === '...' ? entered.arguments[index] ?? argument : argument));
  return { ...left, arguments: args };
}

const text = (word: string): Value => ({ type: 'string', bytes: Buffer.from(word), cut: false, text: JSON.stringify(word) });

const textList = (words: readonly string[]): Value => ({
  type: 'list',
  items: words.map(text),
  cut: false,
  inverted: false,
  text: JSON.stringify(words),
});

const MAKES_TASKS = / ([EX]) (clone3?|v?fork)\(/;

/** Where the calls return that make tasks: the lines of a new task may come before that. */
function surveyGvisor(log: LogFile): Map<number, number> {
  const returns = new Map<number, number>();
  const pending = new Map<number, number>();
  for (const { text: line, at } of log.lines()) {
    const found = MAKES_TASKS.exec(line);
    const pid = found ? /\] \[ *\d+: *(\d+)\]/.exec(line)?.[1] : undefined;
    if (!found || pid === undefined) continue;
    if (found[1] === 'E') pending.set(Number(pid), at);
    else returns.set(pending.get(Number(pid)) ?? -1, at);
  }
  return returns;
}

/** Takes the whole log. */
export function importGvisor(log: LogFile, guest: ImportedGuest, tally: Tally, specification: Specification | undefined): void {
  const reader = new GvisorReader(log, guest, surveyGvisor(log));
  let begun = false;
  for (const line of log.lines()) {
    if (!begun && specification !== undefined) {
      const first = understood(() => gvisorLine(line.text));
      if (first !== undefined) reader.begin(specification, first.pid);
      begun = first !== undefined;
    }
    tally.line(line, () => reader.take(line));
  }
  reader.flush();
}

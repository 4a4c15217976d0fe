/** The lines of strace's output. */
import { constantNamed, errnoNamed } from '../syscalls/index.js';
import { Cursor, NotUnderstood } from './cursor.js';
import { annotation, straceArguments, straceValue } from './strace-values.js';
import type { LoggedCall, Value } from './value.js';

/** What stands before the event itself. */
export interface LinePrefix {
  /** Absent where the log is about one process. */
  readonly pid?: number;
  readonly time?: LineTime;
  readonly rest: string;
}

/** Seconds: since 1970 (-ttt), since midnight (-t, -tt), or since the line before (-r). */
export interface LineTime {
  readonly sort: 'epoch' | 'day' | 'relative';
  readonly seconds: number;
}

export type StraceLine =
  | { readonly type: 'call'; readonly call: LoggedCall }
  | { readonly type: 'unfinished'; readonly begun: string; readonly newPid?: number }
  | { readonly type: 'resumed'; readonly name: string; readonly rest: string }
  | { readonly type: 'signal'; readonly number: number; readonly info?: Value }
  | { readonly type: 'exit'; readonly status: number }
  | { readonly type: 'superseded'; readonly by: number }
  /** Not about the guest: strace's own remarks, stack traces, job control. */
  | { readonly type: 'other' };

const PREFIX = new RegExp(
  [
    /^(?:(?:\[pid +(\d+)(?:<[^>]*>)?\]|(\d+)(?:<[^>]*>)?) +)?/, // -f
    /(?:(?:(\d+)\.(\d{6}|\d{9})|(\d\d):(\d\d):(\d\d(?:\.\d+)?)| +(\d+\.\d{6})) +)?/, // -ttt, -t, -tt; -r
    /(?:\(\+ *[\d.]+\) +)?/, // -r with -t
    /(?:\[ *\d+\] +)?(?:\[[0-9a-f?]{8,16}\] +)?/, // -n, -i
  ]
    .map(({ source }) => source)
    .join(''),
);

// An absolute time since 1970 has ten digits; what is shorter, -r wrote.
const FIRST_EPOCH = 100_000_000;

export function straceLine(line: string): LinePrefix {
  const found = PREFIX.exec(line)!;
  const pid = found[1] ?? found[2];
  const time = timeOf(found);
  return { rest: line.slice(found[0].length), ...(pid !== undefined && { pid: Number(pid) }), ...(time && { time }) };
}

function timeOf([, , , whole, fraction, hours, minutes, seconds, relative]: RegExpExecArray): LineTime | undefined {
  if (whole !== undefined) {
    const value = Number(`${whole}.${fraction}`);
    return { sort: value < FIRST_EPOCH ? 'relative' : 'epoch', seconds: value };
  }
  if (hours !== undefined) return { sort: 'day', seconds: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) };
  return relative === undefined ? undefined : { sort: 'relative', seconds: Number(relative) };
}

const RESUMED = /^<\.\.\. (\S+) resumed>(.*)$/s;
const UNFINISHED = /^(.*?) ?<(?:unfinished|detached|pid changed to (\d+)) \.\.\.>$/s;
const SIGNAL = /^--- (SIG\w+|\d+)(?: (\{.*\})| \(.*)? ---$/s;
const EXITED = /^\+\+\+ exited with (\d+) \+\+\+$/;
const KILLED = /^\+\+\+ killed by (\w+)( \(core dumped\))? \+\+\+$/;
const SUPERSEDED = /^\+\+\+ superseded by execve in pid (\d+) \+\+\+$/;
/** `???()`: the task was ended while strace looked which call it makes. */
const OTHER = /^(?:$|strace: |--- stopped by \w+ ---$| > |> |\[ Process PID=|Process \d+ |\?+\(|<\.\.\. \?+ resumed>)/;

/** What a line says. Throws NotUnderstood. */
export function straceEvent(rest: string): StraceLine {
  if (OTHER.test(rest)) return { type: 'other' };
  const resumed = RESUMED.exec(rest);
  if (resumed) return { type: 'resumed', name: resumed[1]!, rest: resumed[2]! };
  if (rest.startsWith('---')) return signalLine(rest);
  if (rest.startsWith('+++')) return exitLine(rest);
  const unfinished = rest.endsWith('...>') ? UNFINISHED.exec(rest) : null;
  if (unfinished && !/\) += /.test(unfinished[1]!.slice(-40))) {
    return { type: 'unfinished', begun: unfinished[1]!, ...(unfinished[2] !== undefined && { newPid: Number(unfinished[2]) }) };
  }
  return { type: 'call', call: straceCall(rest) };
}

function signalLine(rest: string): StraceLine {
  const found = SIGNAL.exec(rest);
  const number = found ? signalNumber(found[1]!) : undefined;
  if (!found || number === undefined) throw new NotUnderstood('no signal');
  return { type: 'signal', number, ...(found[2] !== undefined && { info: straceValue(new Cursor(found[2]), '') }) };
}

function exitLine(rest: string): StraceLine {
  const superseded = SUPERSEDED.exec(rest);
  if (superseded) return { type: 'superseded', by: Number(superseded[1]) };
  const exited = EXITED.exec(rest);
  if (exited) return { type: 'exit', status: (Number(exited[1]) & 0xff) << 8 };
  const killed = KILLED.exec(rest);
  const signal = killed ? signalNumber(killed[1]!) : undefined;
  if (!killed || signal === undefined) throw new NotUnderstood('no end');
  return { type: 'exit', status: signal | (killed[2] === undefined ? 0 : 0x80) };
}

function signalNumber(name: string): number | undefined {
  const value = /^\d+$/.test(name) ? BigInt(name) : constantNamed(name);
  return value === undefined ? undefined : Number(value);
}

const CALL = /([a-z_]\w*|\?\?\?+)\(/y;

/** `name(arguments) = result`. Throws NotUnderstood. */
export function straceCall(text: string): LoggedCall {
  const cursor = new Cursor(text);
  const begun = beginningOf(cursor);
  return { ...begun, ...resultOf(cursor) };
}

/** A call of which the log has no more than the beginning. Throws NotUnderstood. */
export const straceBeginning = (text: string): LoggedCall => beginningOf(new Cursor(text));

function beginningOf(cursor: Cursor): LoggedCall {
  const name = cursor.match(CALL)?.[1];
  if (name === undefined) throw new NotUnderstood('no call');
  return { name, arguments: straceArguments(cursor) };
}

const RESULT = / += (?:(\?)|(-?(?:0x[0-9a-f]+|\d+)))/y;
const ERROR = / (E[A-Z0-9]+)/y;

function resultOf(cursor: Cursor): { result?: bigint; remark?: string } {
  const found = cursor.match(RESULT);
  if (!found) throw new NotUnderstood('no result');
  annotation(cursor);
  const error = cursor.match(ERROR)?.[1];
  const errno = error === undefined ? undefined : errnoNamed(error);
  if (error !== undefined && errno === undefined) throw new NotUnderstood(`no error ${error}`);
  const remark = cursor.text.slice(cursor.at).replace(/ ?<[\d.]+>$/, '').trim();
  if (errno !== undefined) return { result: BigInt(-errno), remark };
  return found[1] === undefined ? { result: BigInt.asIntN(64, bigintOf(found[2]!)), remark } : { remark };
}

const bigintOf = (text: string): bigint => (text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text));

/** The lines of gVisor's debug log that tell of the guest (runsc of 2022-12-19). */
import { Cursor, NotUnderstood } from './cursor.js';
import { gvisorArguments } from './gvisor-values.js';
import type { LoggedCall } from './value.js';

export interface GvisorLine {
  readonly group: number;
  readonly pid: number;
  /** Seconds since midnight. */
  readonly seconds: number;
  readonly event: GvisorEvent;
}

export type GvisorEvent =
  | { readonly type: 'enter' | 'leave'; readonly program: string; readonly call: LoggedCall }
  | { readonly type: 'signal'; readonly number: number }
  | { readonly type: 'gone' };

// Severity, month and day, time, thread id of the host, source, and the guest's group and task.
const LINE = /^[DIWE]\d{4} (\d\d):(\d\d):(\d\d\.\d{6}) +\d+ ([a-z_]+)\.go:\d+\] \[ *(\d+): *(\d+)\] (.*)$/s;
const CALL = /^(.*?) ([EX]) ([a-z_]\w*)\(/s;
const RESULT = /^(-?\d+) \(0x[0-9a-f]+\)(?: errno=(\d+) \(.*\))? \([\d.]+(?:ns|Âµs|µs|ms|s|m[\d.]+s)\)$/s;
const SIGNAL = /^Signal (\d+): (?:delivering to handler|terminating thread group|stopping thread group|ignored)/;
const GONE = /^Transitioning from exit state TaskExitInitiated to TaskExitZombie$/;

/** Undefined for a line about something else. Throws NotUnderstood. */
export function gvisorLine(text: string): GvisorLine | undefined {
  const found = LINE.exec(text);
  if (!found) return undefined;
  const event = eventOf(found[4]!, found[7]!);
  if (event === undefined) return undefined;
  const seconds = Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3]);
  return { group: Number(found[5]), pid: Number(found[6]), seconds, event };
}

function eventOf(source: string, rest: string): GvisorEvent | undefined {
  if (source === 'strace') return callOf(rest);
  const signal = source === 'task_signals' ? SIGNAL.exec(rest) : null;
  if (signal) return { type: 'signal', number: Number(signal[1]) };
  return source === 'task_exit' && GONE.test(rest) ? { type: 'gone' } : undefined;
}

function callOf(rest: string): GvisorEvent {
  const found = CALL.exec(rest);
  if (!found) throw new NotUnderstood('no call');
  const [begin, program, direction, name] = found;
  const cursor = new Cursor(rest);
  cursor.at = begin.length;
  if (direction === 'E') return { type: 'enter', program: program!, call: { name: name!, arguments: gvisorArguments(cursor, '') } };
  const args = gvisorArguments(cursor, ' = ');
  return { type: 'leave', program: program!, call: { name: name!, arguments: args, result: resultOf(rest.slice(cursor.at)) } };
}

function resultOf(text: string): bigint {
  const found = RESULT.exec(text);
  if (!found) throw new NotUnderstood('no result');
  return found[2] === undefined ? BigInt.asIntN(64, BigInt(found[1]!)) : -BigInt(found[2]);
}

/** One event of a trace as JSON. */
import { REGISTER_NAMES, Registers } from '../base/registers.js';
import { signalName, syscallName } from '../syscalls/index.js';
import type { TraceEvent } from '../trace/events.js';

/**
 * The event as trace/events.ts describes it, with `name` beside the number of its call or signal.
 * 64-bit words are strings in hexadecimal, the result of a call is a decimal string, bytes are
 * strings of two hexadecimal digits each, registers an object by name. `text` is the event as a line.
 */
export function eventJson(event: TraceEvent, text?: string): string {
  const { syscall, signal } = event;
  const named = {
    ...event,
    ...(syscall && { syscall: { name: syscallName(syscall.number), ...syscall, ...resultOf(syscall) } }),
    ...(signal && { signal: { name: signalName(signal.number), ...signal } }),
    ...(text !== undefined && { text }),
  };
  return JSON.stringify(named, (_, value: unknown) => plain(value));
}

const resultOf = ({ result }: { readonly result?: bigint }): object =>
  result === undefined ? {} : { result: result.toString() };

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return hex(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Registers) {
    return Object.fromEntries(REGISTER_NAMES.map((name, index) => [name, hex(value.long(index))]));
  }
  return value;
}

const hex = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16)}`;

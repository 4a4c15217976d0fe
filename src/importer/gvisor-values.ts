/**
 * The values of gVisor's strace lines: an address is followed by what lies there, a descriptor by its
 * path. Checked against runsc of 2022-12-19 (pkg/sentry/strace).
 */
import { constantNamed } from '../syscalls/index.js';
import { Cursor, NotUnderstood, quotedBytes } from './cursor.js';
import type { Member, Value } from './value.js';

const NUMBER = /0x[0-9a-fA-F]+|0o[0-7]+|-?\d+/y;
const NAME = /[A-Za-z_]\w*/y;
const MEMBER_NAME = /([A-Za-z_]\w*)(?:=|: )/y;
const MOMENT = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)? \+0000 UTC/y;
const SEPARATOR = /, | /y;
/** Where the next argument begins: paths stand without quotes. */
const NEXT_ARGUMENT = /^, (?:0x[0-9a-f]+|, |0o[0-7]+|-?\d+\b|null\b|[A-Z][A-Z0-9_]{2,}\b|\.\.\.|")/;

/** The arguments up to the closing parenthesis that `end` follows; both are passed. */
export function gvisorArguments(cursor: Cursor, end: string): Member[] {
  const members: Member[] = [];
  if (cursor.take(`)${end}`)) return members;
  for (;;) {
    members.push({ value: argument(cursor, end) });
    if (cursor.take(`)${end}`)) return members;
    cursor.expect(', ');
  }
}

/** What gVisor writes for what it showed when the call was entered. */
export const NOTHING = '...';

function isAtEnd(cursor: Cursor, end: string): boolean {
  if (cursor.isAtEnd) return true;
  if (cursor.looksAt(`)${end}`)) return end !== '' || cursor.at + 1 === cursor.text.length;
  return NEXT_ARGUMENT.test(cursor.text.slice(cursor.at, cursor.at + 40));
}

function argument(cursor: Cursor, end: string): Value {
  const start = cursor.at;
  const whole = (): string => cursor.from(start);
  // Nothing where there is nothing to show, as of a read at the end of a file.
  if (cursor.looksAt(', ')) return { type: 'unknown', text: NOTHING };
  const first = simple(cursor);
  if (isAtEnd(cursor, end)) return first;
  if (cursor.take(' ') && first.type === 'number') {
    const content = contentOf(cursor, end, first.text);
    if (content !== undefined) return { type: 'pointer', address: first.value, content, text: whole() };
    return { ...first, text: whole() };
  }
  while (!isAtEnd(cursor, end)) cursor.at++;
  return { type: 'unknown', text: whole() };
}

/** What stands behind a number: undefined for the path of a descriptor. */
function contentOf(cursor: Cursor, end: string, number: string): Value | undefined {
  const start = cursor.at;
  const structured = '"{['.includes(cursor.text[cursor.at] ?? ' ') ? structuredContent(cursor, end) : undefined;
  if (structured !== undefined) return structured;
  cursor.at = start;
  while (!isAtEnd(cursor, end)) cursor.at++;
  const text = cursor.from(start);
  // Descriptors are small, memory is not. AT_FDCWD is written by name.
  if (number.startsWith('AT_') || /^0x[0-9a-f]{1,4}$/.test(number) || text === '(bad FD)') return undefined;
  return { type: 'string', bytes: Buffer.from(text, 'latin1'), cut: false, text: `"${text}"` };
}

// An iovec is several structures, one behind the other.
function structuredContent(cursor: Cursor, end: string): Value | undefined {
  const start = cursor.at;
  try {
    const items = [simple(cursor)];
    while (items[0]!.type === 'struct' && cursor.looksAt(', {')) {
      cursor.take(', ');
      items.push(simple(cursor));
    }
    if (!isAtEnd(cursor, end)) return undefined;
    const isVector = items[0]!.type === 'struct' && items[0]!.members[0]?.name === 'base';
    return isVector ? { type: 'list', items, cut: false, inverted: false, text: cursor.from(start) } : items[0];
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    return undefined;
  }
}

function simple(cursor: Cursor): Value {
  const start = cursor.at;
  if (cursor.looksAt('"')) {
    const bytes = quotedBytes(cursor);
    return { type: 'string', bytes, cut: cursor.take('...'), text: cursor.from(start) };
  }
  if (cursor.take('...')) return { type: 'unknown', text: '...' };
  if (cursor.looksAt('{')) return structure(cursor);
  if (cursor.looksAt('[')) return list(cursor);
  const moment = cursor.match(MOMENT);
  if (moment) return time(moment);
  return flags(cursor);
}

function flags(cursor: Cursor): Value {
  const start = cursor.at;
  let value: bigint | undefined = 0n;
  do {
    const part = constant(cursor);
    value = part === undefined || value === undefined ? undefined : value | part;
  } while (cursor.take('|'));
  const text = cursor.from(start);
  return value === undefined ? { type: 'unknown', text } : { type: 'number', value, text };
}

function constant(cursor: Cursor): bigint | undefined {
  const number = cursor.match(NUMBER)?.[0];
  if (number !== undefined) return number.startsWith('-') ? -BigInt(number.slice(1)) : BigInt(number);
  const name = cursor.match(NAME)?.[0];
  if (name === undefined) throw new NotUnderstood('no value');
  return name === 'null' ? 0n : constantNamed(name);
}

function structure(cursor: Cursor): Value {
  const start = cursor.at;
  cursor.expect('{');
  const members: Member[] = [];
  let cut = false;
  while (!cursor.take('}')) {
    const name = cursor.match(MEMBER_NAME)?.[1];
    const value = descriptorOr(cursor, simple(cursor));
    // What the kernel has yet to fill in.
    if (value.text === '...') cut ||= name !== 'REvents';
    else members.push(name === undefined ? { value } : { name, value });
    if (!cursor.match(SEPARATOR) && !cursor.looksAt('}')) throw new NotUnderstood('a structure does not end');
  }
  return { type: 'struct', members, cut, text: cursor.from(start) };
}

// `FD: 0x3 socket:[1], Events: …`: the path goes up to the next member.
function descriptorOr(cursor: Cursor, value: Value): Value {
  const path = value.type === 'number' ? cursor.match(DESCRIPTOR_PATH) : undefined;
  return path ? { ...value, note: path[1]! } as Value : value;
}
const DESCRIPTOR_PATH = / ((?:\/|[a-z]+:\[|\(bad FD\))[^,}]*)/y;

function list(cursor: Cursor): Value {
  const start = cursor.at;
  cursor.expect('[');
  const items: Value[] = [];
  let cut = false;
  while (!cursor.take(']')) {
    const item = simple(cursor);
    if (item.text === '...') cut = true;
    else items.push(item);
    if (!cursor.match(SEPARATOR) && !cursor.looksAt(']')) throw new NotUnderstood('a list does not end');
  }
  return { type: 'list', items, cut, inverted: false, text: cursor.from(start) };
}

function time([text, date, clock, fraction]: RegExpExecArray): Value {
  const seconds = BigInt(Date.parse(`${date}T${clock}Z`) / 1000);
  const nanoseconds = BigInt((fraction ?? '').slice(1).padEnd(9, '0'));
  const part = (name: string, value: bigint): Member => ({ name, value: { type: 'number', value, text: `${value}` } });
  return { type: 'struct', members: [part('tv_sec', seconds), part('tv_nsec', nanoseconds)], cut: false, text: text! };
}

/**
 * The values of strace's lines, in all the ways in which it writes them (strace 4.x to 6.x, options
 * -y, -yy, -Y, -X, -x, -v). What is not understood is kept as text up to the next comma.
 */
import { constantNamed } from '../syscalls/index.js';
import { Cursor, NotUnderstood, quotedBytes } from './cursor.js';
import type { Member, Value } from './value.js';

const NUMBER = /-?(?:0x[0-9a-fA-F]+|\d+)/y;
const BLANKS = / +/y;
const NAME = /[A-Za-z_]\w*/y;
const COMMENT = / ?\/\* .*? \*\//y;
const MEMBER_NAME = /([A-Za-z_]\w*)=(?!=)/y;
const OPERATOR = /\||\*|<<| \| /y;
const WAIT_STATUS = /\{(WIF\w+\(s\)[^}]*)\}/y;

/** The arguments up to the closing parenthesis, which is passed, or to the end of a line that was broken off. */
export function straceArguments(cursor: Cursor): Member[] {
  const members: Member[] = [];
  for (;;) {
    // Where the two halves of a call were put together, there may be a blank too many.
    cursor.match(BLANKS);
    if (cursor.take(')')) return members;
    if (cursor.isAtEnd) return members;
    members.push(member(cursor, ',)'));
    if (!cursor.take(', ') && !cursor.take(',') && !cursor.looksAt(')') && !cursor.isAtEnd) throw new NotUnderstood('no comma between arguments');
  }
}

/** A value that ends at one of these characters. */
export function straceValue(cursor: Cursor, ends: string): Value {
  const start = cursor.at;
  try {
    const value = changed(cursor, expression(cursor));
    if (cursor.isAtEnd || ends.includes(cursor.text[cursor.at]!)) return value;
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
  }
  cursor.at = start;
  cursor.skipBalanced(ends);
  return { type: 'unknown', text: cursor.from(start) };
}

function member(cursor: Cursor, ends: string): Member {
  const name = cursor.match(MEMBER_NAME)?.[1];
  const value = straceValue(cursor, ends);
  return name === undefined ? { value } : { name, value };
}

function changed(cursor: Cursor, before: Value): Value {
  const start = cursor.at - before.text.length;
  if (!cursor.take(' => ')) return before;
  const after = expression(cursor);
  return { type: 'change', before, after, text: cursor.from(start) };
}

function expression(cursor: Cursor): Value {
  const start = cursor.at;
  let value = primary(cursor);
  cursor.match(COMMENT);
  for (let operator = cursor.match(OPERATOR); operator; operator = cursor.match(OPERATOR)) {
    const right = primary(cursor);
    cursor.match(COMMENT);
    value = combined(operator[0].trim(), value, right, cursor.from(start));
  }
  return value;
}

function combined(operator: string, left: Value, right: Value, text: string): Value {
  if (left.type !== 'number' || right.type !== 'number') return { type: 'unknown', text };
  const [a, b] = [left.value, right.value];
  return { type: 'number', value: operator === '|' ? a | b : operator === '*' ? a * b : a << b, text };
}

function primary(cursor: Cursor): Value {
  const start = cursor.at;
  if (cursor.looksAt('"') || cursor.looksAt('@"')) return text(cursor);
  if (cursor.looksAt('{')) return structure(cursor);
  if (cursor.looksAt('[') || cursor.looksAt('~[')) return list(cursor);
  const number = cursor.match(NUMBER);
  if (number) return { type: 'number', value: numberOf(number[0]), text: number[0], ...annotation(cursor) };
  cursor.take('&');
  const name = cursor.match(NAME);
  if (!name) throw new NotUnderstood('no value');
  if (cursor.take('(')) return functionCall(cursor, name[0], start);
  return named(cursor, name[0]);
}

function named(cursor: Cursor, name: string): Value {
  const value = constantNamed(name);
  // Requests that several drivers share: `A or B`.
  if (cursor.take(' or ')) {
    const other = primary(cursor);
    if (value === undefined) return other;
  }
  if (value === undefined) return { type: 'unknown', text: name };
  return { type: 'number', value, text: name, ...annotation(cursor) };
}

/** A leading zero makes a number octal. */
function numberOf(text: string): bigint {
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  const value = /^0\d/.test(digits) ? (/[89]/.test(digits) ? BigInt(digits.replace(/^0+/, '')) : BigInt(`0o${digits.slice(1)}`)) : BigInt(digits);
  return negative ? -value : value;
}

/** What -y writes behind a descriptor: `3</etc/passwd>`, `3<TCP:[1->2]>`, `0</dev/pts/0<char 136:0>>(deleted)`. */
export function annotation(cursor: Cursor): { note?: string } {
  if (!cursor.looksAt('<') || cursor.looksAt('<<') || cursor.looksAt('<unfinished')) return {};
  const start = cursor.at + 1;
  let depth = 0;
  for (; cursor.at < cursor.text.length; cursor.at++) {
    const character = cursor.text[cursor.at];
    if (character === '<') depth++;
    else if (character === '>' && cursor.text[cursor.at - 1] !== '-' && --depth === 0) break;
  }
  if (cursor.isAtEnd) throw new NotUnderstood('a path does not end');
  const note = cursor.from(start);
  cursor.at++;
  cursor.take('(deleted)');
  return { note };
}

function text(cursor: Cursor): Value {
  const start = cursor.at;
  const abstract = cursor.take('@');
  const bytes = quotedBytes(cursor);
  const cut = cursor.take('...');
  const whole = abstract ? Uint8Array.from([0, ...bytes]) : bytes;
  return { type: 'string', bytes: whole, cut, text: cursor.from(start) };
}

function structure(cursor: Cursor): Value {
  const start = cursor.at;
  const status = cursor.match(WAIT_STATUS);
  if (status) return waitStatus(status[1]!, status[0]);
  cursor.expect('{');
  const members: Member[] = [];
  let cut = false;
  while (!cursor.take('}')) {
    if (cursor.take('...')) cut = true;
    else members.push(member(cursor, ',}'));
    if (!cursor.take(', ') && !cursor.take(',') && !cursor.looksAt('}')) throw new NotUnderstood('a structure does not end');
  }
  return { type: 'struct', members, cut, text: cursor.from(start) };
}

function list(cursor: Cursor): Value {
  const start = cursor.at;
  const inverted = cursor.take('~');
  cursor.expect('[');
  const items: Value[] = [];
  let cut = false;
  while (!cursor.take(']')) {
    if (cursor.take('...')) cut = true;
    else items.push(straceValue(cursor, ', ]'));
    if (!cursor.take(', ') && !cursor.take(' ') && !cursor.looksAt(']')) throw new NotUnderstood('a list does not end');
  }
  return changedList({ items, cut, inverted, text: cursor.from(start) });
}

// `[128 => 16]` is a list that changed.
function changedList(found: { items: readonly Value[]; cut: boolean; inverted: boolean; text: string }): Value {
  const [only] = found.items;
  if (found.items.length !== 1 || only?.type !== 'change') return { type: 'list', ...found };
  const side = (value: Value): Value => ({ type: 'list', items: [value], cut: false, inverted: false, text: `[${value.text}]` });
  return { type: 'change', before: side(only.before), after: side(only.after), text: found.text };
}

const STATUS_WORDS: readonly (readonly [RegExp, (match: RegExpExecArray) => number | undefined])[] = [
  [/^WIFEXITED\(s\) && WEXITSTATUS\(s\) == (\d+)$/, (found) => Number(found[1]) << 8],
  [/^WIFSIGNALED\(s\) && WTERMSIG\(s\) == (\w+)( && WCOREDUMP\(s\))?$/, (found) => signal(found[1]!, (number) => number | (found[2] ? 0x80 : 0))],
  [/^WIFSTOPPED\(s\) && WSTOPSIG\(s\) == (\w+)( \| 0x80)?$/, (found) => signal(found[1]!, (number) => ((number | (found[2] ? 0x80 : 0)) << 8) | 0x7f)],
  [/^WIFCONTINUED\(s\)$/, () => 0xffff],
];

function signal(name: string, status: (number: number) => number): number | undefined {
  const number = /^\d+$/.test(name) ? BigInt(name) : constantNamed(name);
  return number === undefined ? undefined : status(Number(number));
}

function waitStatus(words: string, whole: string): Value {
  for (const [pattern, status] of STATUS_WORDS) {
    const found = pattern.exec(words);
    const value = found ? status(found) : undefined;
    if (value !== undefined) return { type: 'number', value: BigInt(value), text: whole };
  }
  return { type: 'unknown', text: whole };
}

/** makedev(0x8, 0x1), htons(80), inet_addr("127.0.0.1") and what else looks like a call in C. */
function functionCall(cursor: Cursor, name: string, start: number): Value {
  const args = straceArguments(cursor).map(({ value }) => value);
  const whole = cursor.from(start);
  const [first, second] = args;
  if (name === 'makedev' && first?.type === 'number' && second?.type === 'number') {
    return { type: 'number', value: device(first.value, second.value), text: whole };
  }
  if (name === 'htons' && first?.type === 'number') return { ...first, text: whole };
  if (name === 'inet_addr' && first?.type === 'string') return { ...first, text: whole };
  if (name === 'inet_pton' && second?.type === 'string') return { ...second, text: whole };
  return { type: 'unknown', text: whole };
}

// linux/kdev_t.h, new_encode_dev, as makedev(3) does it for 64 bits.
const device = (major: bigint, minor: bigint): bigint =>
  (minor & 0xffn) | ((major & 0xfffn) << 8n) | ((minor & ~0xffn) << 12n) | ((major & ~0xfffn) << 32n);

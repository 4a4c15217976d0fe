/** Bytes, text and paths in memory. */
import type { MemoryKind, Style, StyledWording } from './kind.js';

/** How much of a text or buffer is shown, bytes. */
const SHOWN = 32;
/** PATH_MAX of linux/limits.h. */
const SHOWN_OF_PATH = 4096;

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
  [34, '\\"'],
  [92, '\\\\'],
]);

/** The bytes between quotes, what is not printable ASCII escaped as in C. */
export function quote(bytes: Uint8Array): string {
  let text = '"';
  for (let at = 0; at < bytes.length; at++) {
    const value = bytes[at]!;
    const next = bytes[at + 1];
    text += ESCAPES.get(value) ?? (value >= 32 && value < 127 ? String.fromCharCode(value) : octal(value, next));
  }
  return `${text}"`;
}

// A digit behind the escape would be read as part of it, so it is written in full there.
function octal(value: number, next: number | undefined): string {
  const digits = value.toString(8);
  const digitFollows = next !== undefined && next >= 48 && next <= 57;
  return `\\${digitFollows ? digits.padStart(3, '0') : digits}`;
}

function showBytes(bytes: Uint8Array, length: number): string {
  const cutShort = Math.max(length, bytes.length) > SHOWN;
  return quote(bytes.subarray(0, SHOWN)) + (cutShort ? '...' : '');
}

/** Printable as strace's -x sees it: ASCII and white space. */
const isPrintable = (value: number): boolean => (value >= 32 && value < 127) || (value >= 9 && value <= 13);

const inHexadecimal = (bytes: Uint8Array): string => `"${Array.from(bytes, (value) => `\\x${value.toString(16).padStart(2, '0')}`).join('')}"`;

/** The bytes between quotes as strace's -x wants them. */
export function quoteStyled(bytes: Uint8Array, { hexadecimal }: Style): string {
  if (hexadecimal === 'always' || (hexadecimal === 'unprintable' && !bytes.every(isPrintable))) return inHexadecimal(bytes);
  return quote(bytes);
}

function straceBytes(bytes: Uint8Array, length: number, { style }: StyledWording): string {
  const cutShort = Math.max(length, bytes.length) > style.strings;
  return quoteStyled(bytes.subarray(0, style.strings), style) + (cutShort ? '...' : '');
}

/** Up to the zero byte. */
function textOf(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

function showText(limit: number): (bytes: Uint8Array) => string {
  return (bytes) => {
    const text = textOf(bytes);
    return quote(text.subarray(0, limit)) + (text.length > limit || text.length === bytes.length ? '...' : '');
  };
}

/** `limit` undefined: -s decides. */
const straceText =
  (limit?: number): NonNullable<MemoryKind['strace']> =>
  (bytes, _length, { style }) => {
    const text = textOf(bytes);
    const shown = text.subarray(0, limit ?? style.strings);
    return quoteStyled(shown, style) + (text.length > shown.length || text.length === bytes.length ? '...' : '');
  };

export const bytes: MemoryKind = { name: 'bytes', size: 1, compare: 'same', whole: true, content: (all) => all, show: showBytes, strace: straceBytes };
/** Bytes that are different each time: random numbers, times. */
export const varyingBytes: MemoryKind = {
  ...bytes,
  name: 'varying bytes',
  compare: 'varying',
  // getrandom.c of strace 6.1
  strace: (all, length, words) => straceBytes(all, length, { ...words, style: { ...words.style, hexadecimal: 'always' } }),
};
/** A structure whose members are not told apart. */
export const opaque = (name: string, size: number): MemoryKind => ({ ...bytes, name, size });
/** Bytes that the host chose: a name of its own for something, where it has put it, what it has measured. */
export const hostBytes: MemoryKind = { ...bytes, name: 'bytes of the host', compare: 'varying' };
export const text: MemoryKind = { name: 'text', size: 1, compare: 'same', whole: true, terminated: true, content: textOf, show: showText(SHOWN), strace: straceText() };
/** A path is shown whole: it is what a reader looks for. */
export const path: MemoryKind = { ...text, name: 'path', show: showText(SHOWN_OF_PATH), strace: straceText(SHOWN_OF_PATH) };
/** A fixed number of bytes that hold text up to a zero byte. */
export const textField = (length: number): MemoryKind => ({ ...text, name: 'text field', size: length, terminated: false });

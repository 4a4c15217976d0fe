/**
 * A kind is what a value is: its size, how to show it and how to compare it. Whether a call reads
 * or writes it is the argument's business.
 */
import type { Registers } from '../../base/registers.js';
import { word } from '../little-endian.js';

/**
 * How two recordings of the same program may differ in a value without meaning anything else:
 * - `same`: not at all.
 * - `descriptor`, `identifier`, `process`, `address`, `user`, `inode`, `port`: a name that the
 *   kernel chose; two recordings agree where one name always stands for the other.
 * - `duration`: a time that the guest asked for, perhaps worked out from a clock.
 * - `deadline`: a moment that the guest asked for, which comes of a clock wherever it looked at one.
 * - `host`: what the host calls itself.
 * - `processor`: where a task runs or may run.
 * - `word`: a word of memory or a register, which may hold any of these.
 * - `lock`: a futex word that holds its owner's thread id.
 * - `varying`: time, load, random bytes: no agreement is expected.
 */
export type Comparison = 'same' | 'descriptor' | 'identifier' | 'process' | 'address' | 'user' | 'inode' | 'duration' | 'deadline' | 'host' | 'port' | 'processor' | 'word' | 'lock' | 'varying';

/** A value that fits a register. */
export interface ScalarKind {
  readonly name: string;
  /** Bytes: 1, 2, 4 or 8. */
  readonly size: number;
  readonly signed: boolean;
  readonly compare: Comparison;
  /** Gets the value already cut to its size and sign. */
  show(value: bigint): string;
  /** As strace shows it, where that is something else. */
  readonly strace?: (value: bigint, style: Style) => string;
}

/** A value in memory, behind a pointer. */
export interface MemoryKind {
  readonly name: string;
  /** Bytes of one; the unit of lengths that count elements. */
  readonly size: number;
  readonly compare: Comparison;
  /** True where any number of bytes is one value (bytes, text, sets), not a list. */
  readonly whole?: boolean;
  /** True where a zero byte ends the value. */
  readonly terminated?: boolean;
  /** Members, where the value has some that compare each in its own way. */
  readonly members?: readonly Member[];
  /** Which of its bytes count, where `show` gives no more than their beginning. */
  readonly content?: (bytes: Uint8Array) => Uint8Array;
  /** `length` is how long the value is where only its beginning was kept. */
  show(bytes: Uint8Array, length: number, words?: Wording): string;
  /** As strace shows it, where that is something else. */
  readonly strace?: (bytes: Uint8Array, length: number, words: StyledWording) => string;
}

/** How much is shown where it is to read as strace's output: strace(1), in brackets its options. */
export interface Style {
  /** Bytes of a string, and elements of a list (-s). */
  readonly strings: number;
  /** Structures, lists and environments whole (-v). */
  readonly verbose: boolean;
  /** Strings in hexadecimal: those with bytes that are not printable (-x), all (-xx). */
  readonly hexadecimal: 'never' | 'unprintable' | 'always';
  /** Constants by name, by number, or both (-X). */
  readonly names: 'abbrev' | 'raw' | 'verbose';
}

/** As strace does it without an option. */
export const STRACE_STYLE: Style = { strings: 32, verbose: false, hexadecimal: 'never', names: 'abbrev' };

/** How values are put into words. */
export interface Wording {
  /** The value is already cut to its size and sign. */
  scalar(kind: ScalarKind, value: bigint): string;
  memory(kind: MemoryKind, bytes: Uint8Array, length: number): string;
  /** Where it reads as strace's output. */
  readonly style?: Style;
}

export type StyledWording = Wording & { readonly style: Style };

/** As the numbers and bytes are. */
export const PLAIN: Wording = {
  scalar: (kind, value) => kind.show(value),
  memory: (kind, bytes, length) => kind.show(bytes, length),
};

export interface Member {
  readonly name: string;
  /** Bytes from the start. */
  readonly at: number;
  readonly kind: Kind;
}

export type Kind = ScalarKind | MemoryKind;

export const isScalar = (kind: Kind): kind is ScalarKind => 'signed' in kind;

/** The value as its kind sees it. */
export function cut(kind: ScalarKind, raw: bigint): bigint {
  return kind.signed ? BigInt.asIntN(kind.size * 8, raw) : BigInt.asUintN(kind.size * 8, raw);
}

export const showScalar = (kind: ScalarKind, raw: bigint, words = PLAIN): string => words.scalar(kind, cut(kind, raw));

/** A value in memory, of which only the beginning may be there. */
export const showWhole = (kind: MemoryKind, bytes: Uint8Array, length: number, words = PLAIN): string => words.memory(kind, bytes, length);

/** The argument register as a number of this kind. */
export function argumentReader(kind: ScalarKind, register: number): (args: Registers) => number {
  if (kind.size === 8) {
    return kind.signed ? (args) => args.signed(register) : (args) => args.number(register);
  }
  if (kind.size === 4) {
    return kind.signed ? (args) => args.int32(register) : (args) => args.int32(register) >>> 0;
  }
  return (args) => Number(cut(kind, args.long(register)));
}

/** One value of any kind that lies in memory. */
export function showAt(kind: Kind, bytes: Uint8Array, at: number, words = PLAIN): string {
  if (isScalar(kind)) return showScalar(kind, word(bytes, at, kind.size), words);
  return words.memory(kind, bytes.subarray(at, at + kind.size), kind.size);
}

const MOST_SHOWN = 32;

/** A list of values of one kind, at most 32 of them unless the style wants otherwise. */
export function showList(kind: Kind, bytes: Uint8Array, length: number, words = PLAIN): string {
  const shown: string[] = [];
  const fits = Math.floor(bytes.length / kind.size);
  const most = words.style?.verbose ? Infinity : (words.style?.strings ?? MOST_SHOWN);
  for (let index = 0; index < fits && index < most; index++) shown.push(showAt(kind, bytes, index * kind.size, words));
  if (shown.length < Math.floor(length / kind.size)) shown.push('...');
  return `[${shown.join(', ')}]`;
}

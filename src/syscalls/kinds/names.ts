/** Numbers that have names: one of a list, or bits of a set. */
import type { ScalarKind } from './kind.js';
import { hex, scalar } from './numbers.js';
import { styled } from './styled.js';

/** Names and their numbers, as a header defines them. */
export type NameTable = Readonly<Record<string, number>>;

/** Names by number; where two share a number, the first counts. */
export function byValue(table: NameTable): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [name, number] of Object.entries(table)) if (!names.has(number)) names.set(number, name);
  return names;
}

interface ChoiceShape {
  /** 4 unless told. */
  readonly bytes?: number;
  readonly signed?: boolean;
  /** Text of a number that has no name. */
  readonly unknown?: (value: bigint) => string;
  /** The family that strace names for a number without a name: `ARCH_???`. */
  readonly doubt?: string;
}

/** One of a list. */
export function choiceOf(name: string, table: NameTable, { bytes = 4, signed = false, unknown, doubt }: ChoiceShape = {}): ScalarKind {
  const names = byValue(table);
  const otherwise = unknown ?? (signed ? (value: bigint) => value.toString() : hex);
  const named = (value: bigint): string | undefined => names.get(Number(value)) ?? names.get(Number(BigInt.asIntN(bytes * 8, value)));
  return scalar(name, {
    bytes,
    signed,
    show: (value) => named(value) ?? otherwise(value),
    strace: (value, style) => styled(style, unknown ? otherwise(value) : hex(BigInt.asUintN(bytes * 8, value)), named(value), doubt),
  });
}

interface FlagShape {
  /** 4 unless told. */
  readonly bytes?: number;
  /** Bits that together hold one of a list: the access mode of open(2), the type of a socket. */
  readonly field?: { readonly mask: number; readonly table: NameTable };
  /** The family that strace names for bits without a name, where none has one: `MAP_???`. */
  readonly doubt?: string;
  /** Names that strace writes behind the others, in this order. */
  readonly last?: readonly string[];
}

interface Bit {
  readonly name: string;
  readonly value: bigint;
}

/** Bits of a set, joined by `|`; what has no name shows in hexadecimal. */
export function flagsOf(name: string, table: NameTable, { bytes = 4, field, doubt, last = [] }: FlagShape = {}): ScalarKind {
  const all = Object.entries(table).map(([bit, value]): Bit => ({ name: bit, value: BigInt(value) }));
  const nothing = all.find(({ value }) => value === 0n)?.name ?? '0';
  const widestFirst = all.filter(({ value }) => value !== 0n).sort((a, b) => width(b.value) - width(a.value));
  const fieldNames = byValue(field?.table ?? {});
  const mask = BigInt(field?.mask ?? 0);
  const inOrder = (a: Bit, b: Bit): number => (a.value < b.value ? -1 : 1);
  const asStrace = (a: Bit, b: Bit): number => last.indexOf(a.name) - last.indexOf(b.name) || inOrder(a, b);
  const show = (value: bigint, order = inOrder): string => {
    const chosen = fieldNames.get(Number(value & mask));
    let rest = chosen === undefined ? value : value & ~mask;
    const found: Bit[] = [];
    for (const bit of widestFirst) {
      if ((rest & bit.value) !== bit.value) continue;
      found.push(bit);
      rest &= ~bit.value;
    }
    found.sort(order);
    const texts = found.map((bit) => bit.name);
    if (chosen !== undefined) texts.unshift(chosen);
    if (rest !== 0n) texts.push(hex(rest));
    return texts.join('|') || nothing;
  };
  const known = all.reduce((bits, { value }) => bits | value, mask);
  const isNamed = (value: bigint): boolean => (value & known) !== 0n || fieldNames.has(Number(value & mask)) || (value === 0n && nothing !== '0');
  return scalar(name, { bytes, show: (value) => show(value), strace: (value, style) => styled(style, hex(value), isNamed(value) ? show(value, asStrace) : undefined, doubt) });
}

function width(value: bigint): number {
  return value.toString(2).replaceAll('0', '').length;
}

/**
 * What a call asks of the host, in words that two builds of one program share: an address says no more
 * than whether there is one, since another build has its code and data elsewhere.
 */
import { crc32 } from 'node:zlib';
import { ARGUMENT_REGISTERS, type Registers } from '../../base/registers.js';
import { capturedMemory, fileOffset, mapOffset, rowOf, size, syscallName, type MemoryKind, type ScalarKind, type Wording } from '../../syscalls/index.js';
import type { Entry } from './places.js';

/** No program has anything below. */
const FIRST_PAGE = 65536n;
/** Behind user space (Documentation/arch/x86/x86_64/mm.rst). */
const USER_END = 1n << 47n;
/** Stands for the result of a call that has not returned; no row takes it for success. */
const NO_RESULT = -38;

const isAddress = (value: bigint): boolean => value >= FIRST_PAGE && value < USER_END;

const WORDS: Wording = {
  scalar(kind: ScalarKind, value: bigint): string {
    if (kind.compare === 'address' && value >= FIRST_PAGE) return 'address';
    return kind.compare === 'word' && isAddress(value) ? 'address' : kind.show(value);
  },
  memory(kind: MemoryKind, bytes: Uint8Array, length: number): string {
    const shown = kind.show(bytes, length, WORDS);
    // Of what is not shown to its end a checksum tells.
    if (!kind.content || !shown.endsWith('...')) return shown;
    return `${shown} (${length} bytes, checksum ${crc32(kind.content(bytes)).toString(16)})`;
  },
};

/**
 * What of a call does not count that places something in the guest's own memory (own-files.ts): `place` is
 * where in there, and which bytes; `extent` is how much, too.
 */
export type Latitude = 'place' | 'extent';

const OFFSETS: ReadonlySet<string> = new Set([fileOffset.name, mapOffset.name]);

const memoryWords = (uncounted: ReadonlySet<string>): Wording => ({
  scalar: (kind, value) => (uncounted.has(kind.name) ? kind.name : WORDS.scalar(kind, value)),
  memory: (_, __, length) => `${length} bytes`,
});

const LATITUDES: Readonly<Record<Latitude, Wording>> = {
  place: memoryWords(OFFSETS),
  extent: memoryWords(new Set([...OFFSETS, size.name])),
};

/** The call with all that it reads. */
export function askedFor({ number, args, inputs }: Entry, latitude?: Latitude): string {
  const row = rowOf(number);
  const found = capturedMemory(inputs);
  const call = { args, result: NO_RESULT, inputs, found, left: found, words: latitude ? LATITUDES[latitude] : WORDS };
  const shown = (row?.arguments ?? []).flatMap((argument, index) => {
    const text = argument.direction === 'out' ? presence(args, index) : argument.show(call);
    return text === undefined ? [] : [text];
  });
  return `${syscallName(number)}(${shown.join(', ')})`;
}

const presence = (args: Registers, index: number): string => (args.number(ARGUMENT_REGISTERS[index]!) === 0 ? 'NULL' : 'address');

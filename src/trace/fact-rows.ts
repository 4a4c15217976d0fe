/** What an event carries besides its effects, as rows. */
import { address } from '../base/brands.js';
import type { EventIndex } from '../base/brands.js';
import type { Mutable } from '../base/mutable.js';
import { listed, listOf } from './cell-types.js';
import { plainBytes } from './content.js';
import {
  SIGNAL_DISPOSITIONS,
  type ArgumentIndex,
  type CallTexts,
  type ExactPoint,
  type ExitFacts,
  type MemoryInput,
  type SignalFacts,
  type SyscallFacts,
} from './events.js';
import { flagCell, integerCell, signedCell, unsigned } from './integers.js';
import { pack, unpack } from './pack.js';
import type { Row, RowCodec } from './row.js';
import { MEMORY_INPUTS } from './schema-effects.js';
import { CALL_TEXTS, EXACT_POINTS, EXITS, SIGNALS, SYSTEM_CALLS } from './schema-events.js';
import { siginfoDifference, siginfoFrom, siginfoOrigin, type SignalOrigin } from './siginfo.js';

/** A call on its way into a trace, with all its argument registers, of which so many are stored. */
export interface StoredCall extends SyscallFacts {
  readonly argumentCount?: number;
}

const ARGUMENTS: readonly ArgumentIndex[] = [0, 1, 2, 3, 4, 5];
export const ALL_ARGUMENTS = ARGUMENTS.length;

// Columns of system_calls.
const ARGUMENTS_AT = 2;
const RESULT_AT = 8;
const FLAGS_AT = 9;
const ENTERED_AT = 10;

// A column that holds 0 or 1 takes no room, and a tracer has most of its calls answered.
const CALL_FLAG = { emulated: 1, undescribed: 2, stream: 4 } as const;

const callFlags = ({ undescribed, emulated, stream }: SyscallFacts): number =>
  flagCell(undescribed) * CALL_FLAG.undescribed + flagCell(emulated) * CALL_FLAG.emulated + (stream ?? 0) * CALL_FLAG.stream;

/** Those that are not stored are 0. */
const argumentsOf = (row: Row): SyscallFacts['arguments'] => {
  const argument = (index: ArgumentIndex): bigint => unsigned((row[ARGUMENTS_AT + index] ?? 0n) as bigint);
  return [argument(0), argument(1), argument(2), argument(3), argument(4), argument(5)];
};

/** How many arguments a row of system_calls has. */
export function storedArguments(row: Row): number {
  let count = ALL_ARGUMENTS;
  while (count > 0 && row[ARGUMENTS_AT + count - 1] === null) count--;
  return count;
}

export const SYSCALL_ROWS: RowCodec<StoredCall> = {
  table: SYSTEM_CALLS,
  wide: true,
  encode(key, call) {
    const stored = call.argumentCount ?? ALL_ARGUMENTS;
    return [
      key,
      integerCell(call.number),
      ...ARGUMENTS.map((index) => (index < stored ? signedCell(call.arguments[index]) : null)),
      call.result === undefined ? null : signedCell(call.result),
      callFlags(call),
      call.entered === undefined ? null : integerCell(call.entered),
    ];
  },
  decode(row) {
    const call: Mutable<SyscallFacts> = { number: Number(row[1]), arguments: argumentsOf(row) };
    if (row[RESULT_AT] !== null) call.result = row[RESULT_AT] as bigint;
    const flags = Number(row[FLAGS_AT]);
    if (flags & CALL_FLAG.undescribed) call.undescribed = true;
    if (flags & CALL_FLAG.emulated) call.emulated = true;
    if (flags >= CALL_FLAG.stream) call.stream = flags < 2 * CALL_FLAG.stream ? 1 : 2;
    if (row[ENTERED_AT] !== null) call.entered = Number(row[ENTERED_AT]) as EventIndex;
    return call;
  },
};

export const TEXT_ROWS: RowCodec<CallTexts> = {
  table: CALL_TEXTS,
  encode: (key, texts) => [key, ...ARGUMENTS.map((index) => texts[index] ?? null)],
  decode(row) {
    const texts: Mutable<CallTexts> = {};
    for (const index of ARGUMENTS) if (row[index + 1] !== null) texts[index] = row[index + 1] as string;
    return texts;
  },
};

function originOf([, , , , code, place, sender]: Row): SignalOrigin | undefined {
  if (code === null) return undefined;
  return {
    code: code as number,
    ...(place !== null && { address: BigInt(place as number) }),
    ...(sender !== null && { sender: sender as number }),
  };
}

export const SIGNAL_ROWS: RowCodec<SignalFacts> = {
  table: SIGNALS,
  encode(key, signal) {
    const origin = siginfoOrigin(signal.siginfo);
    return [
      key,
      integerCell(signal.number),
      SIGNAL_DISPOSITIONS.indexOf(signal.disposition),
      flagCell(signal.synchronous),
      origin?.code ?? null,
      origin?.address === undefined ? null : signedCell(origin.address),
      origin?.sender ?? null,
      signal.siginfo === undefined ? null : siginfoDifference(signal.siginfo, signal.number, origin),
    ];
  },
  decode(row) {
    const signal: Mutable<SignalFacts> = {
      number: row[1] as number,
      disposition: listed(SIGNAL_DISPOSITIONS, row[2]),
      synchronous: row[3] === 1,
    };
    if (row[7] !== null) signal.siginfo = siginfoFrom(row[7] as Uint8Array, signal.number, originOf(row));
    return signal;
  },
};

export const EXIT_ROWS: RowCodec<ExitFacts> = {
  table: EXITS,
  encode: (key, exit) => [key, integerCell(exit.status)],
  decode: (row) => ({ status: row[1] as number }),
};

export const POINT_ROWS: RowCodec<ExactPoint> = {
  table: EXACT_POINTS,
  encode: (key, point): Row => [
    key,
    flagCell(point.immediate),
    point.digest,
    packPlaces(point.pages.map((run) => [run.address, run.pages])),
    packPlaces(point.words.map((word) => [word.address, narrow(word.value)])),
  ],
  decode: (row) => pointOf(row, inPlaces),
};

/** Addresses, and what is there. */
type Places = <Item extends number | bigint>(list: readonly Item[]) => [address: number | bigint, what: Item][];

/** The exact point of a row whose lists hold what `placesOf` finds in them. */
export function pointOf(row: Row, placesOf: Places): ExactPoint {
  const pages = listOf<number>(unpack(row[3] as Uint8Array), Number.isSafeInteger);
  const words = listOf<number | bigint>(unpack(row[4] as Uint8Array), isWord);
  return {
    immediate: row[1] === 1,
    digest: plainBytes(row[2] as Uint8Array),
    pages: placesOf(pages).map(([place, count]) => ({ address: address(Number(place)), pages: count })),
    words: placesOf(words).map(([place, value]) => ({ address: address(Number(place)), value: BigInt(value) })),
  };
}

export const INPUT_ROWS: RowCodec<MemoryInput> = {
  table: MEMORY_INPUTS,
  encode: (key, input, bytes) => [
    key,
    integerCell(input.argument),
    integerCell(input.address),
    ...bytes.put(input.bytes),
  ],
  decode: (row, bytes) => ({
    argument: row[1] as number,
    address: address(row[2] as number),
    bytes: bytes.get(row[3], row[4], row[5]),
  }),
};

const isWord = (item: unknown): boolean =>
  typeof item === 'bigint' || Number.isSafeInteger(item);

/** MessagePack takes as many bytes as a number needs, and nine for every bigint. */
const narrow = (value: bigint): number | bigint => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : value);

/** Addresses and what is there; each address but the first as the difference to the one before. */
function packPlaces(places: readonly (readonly [address: number, what: number | bigint])[]): Uint8Array {
  let before = 0;
  return pack(
    places.flatMap(([place, what]) => {
      const step = place - before;
      before = place;
      return [step, what];
    }),
  );
}

function inPlaces<Item extends number | bigint>(list: readonly Item[]): [address: number, what: Item][] {
  let place = 0;
  return inPairs(list).map(([step, what]) => [(place += Number(step)), what]);
}

export function inPairs<Item>(list: readonly Item[]): [Item, Item][] {
  const pairs: [Item, Item][] = [];
  for (let index = 0; index + 1 < list.length; index += 2) {
    pairs.push([list[index]!, list[index + 1]!]);
  }
  return pairs;
}

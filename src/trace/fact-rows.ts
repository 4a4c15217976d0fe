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
import { siginfoOrigin } from './siginfo.js';

export const SYSCALL_ROWS: RowCodec<SyscallFacts> = {
  table: SYSTEM_CALLS,
  wide: true,
  encode(key, call) {
    const [arg0, arg1, arg2, arg3, arg4, arg5] = call.arguments;
    return [
      key,
      integerCell(call.number),
      signedCell(arg0),
      signedCell(arg1),
      signedCell(arg2),
      signedCell(arg3),
      signedCell(arg4),
      signedCell(arg5),
      call.result === undefined ? null : signedCell(call.result),
      flagCell(call.undescribed),
      flagCell(call.emulated),
      call.entered === undefined ? null : integerCell(call.entered),
      call.stream ?? null,
    ];
  },
  decode(row) {
    const cells = row as bigint[];
    const call: Mutable<SyscallFacts> = {
      number: Number(cells[1]),
      arguments: [
        unsigned(cells[2]!),
        unsigned(cells[3]!),
        unsigned(cells[4]!),
        unsigned(cells[5]!),
        unsigned(cells[6]!),
        unsigned(cells[7]!),
      ],
    };
    if (row[8] !== null) call.result = cells[8]!;
    if (cells[9] === 1n) call.undescribed = true;
    if (cells[10] === 1n) call.emulated = true;
    if (cells[12] === 1n || cells[12] === 2n) call.stream = cells[12] === 1n ? 1 : 2;
    if (row[11] !== null) call.entered = Number(cells[11]) as EventIndex;
    return call;
  },
};

const ARGUMENTS: readonly ArgumentIndex[] = [0, 1, 2, 3, 4, 5];

export const TEXT_ROWS: RowCodec<CallTexts> = {
  table: CALL_TEXTS,
  encode: (key, texts) => [key, ...ARGUMENTS.map((index) => texts[index] ?? null)],
  decode(row) {
    const texts: Mutable<CallTexts> = {};
    for (const index of ARGUMENTS) if (row[index + 1] !== null) texts[index] = row[index + 1] as string;
    return texts;
  },
};

/** sizeof(siginfo_t); most of it is zero, and zeroes at the end are not stored. */
const SIGINFO_SIZE = 128;

function withoutTrailingZeroes(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

function wholeSiginfo(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.max(SIGINFO_SIZE, bytes.length));
  whole.set(bytes);
  return whole;
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
      signal.siginfo === undefined ? null : withoutTrailingZeroes(signal.siginfo),
    ];
  },
  decode(row) {
    const signal: Mutable<SignalFacts> = {
      number: row[1] as number,
      disposition: listed(SIGNAL_DISPOSITIONS, row[2]),
      synchronous: row[3] === 1,
    };
    if (row[7] !== null) signal.siginfo = wholeSiginfo(plainBytes(row[7] as Uint8Array));
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
    pack(point.pages.flatMap((run) => [run.address, run.pages])),
    pack(point.words.flatMap((word) => [word.address, word.value])),
  ],
  decode(row) {
    const pages = listOf<number>(unpack(row[3] as Uint8Array), Number.isSafeInteger);
    const words = listOf<number | bigint>(unpack(row[4] as Uint8Array), isWord);
    return {
      immediate: row[1] === 1,
      digest: plainBytes(row[2] as Uint8Array),
      pages: inPairs(pages).map(([start, count]) => ({ address: address(start), pages: count })),
      words: inPairs(words).map(([place, value]) => ({
        address: address(Number(place)),
        value: BigInt(value),
      })),
    };
  },
};

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

function inPairs<Item>(list: readonly Item[]): [Item, Item][] {
  const pairs: [Item, Item][] = [];
  for (let index = 0; index + 1 < list.length; index += 2) {
    pairs.push([list[index]!, list[index + 1]!]);
  }
  return pairs;
}

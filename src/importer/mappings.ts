/** What the calls of a log change in an address space. */
import { address, pageCeil, USER_SPACE_END, pageFloor, type ObjectId, type SpaceId } from '../base/brands.js';
import type { MappingChange, MappingOperation } from '../trace/index.js';
import type { ImportedCall } from './import-call.js';
import type { LoggedCall } from './value.js';

/** Where the heap of each space ends, as brk told. */
export type HeapEnds = Map<SpaceId, number | undefined>;

interface Change {
  readonly call: ImportedCall;
  readonly logged: LoggedCall;
  readonly space: SpaceId;
  readonly heaps: HeapEnds;
  objectOf(descriptor: number, shared: boolean, note: string | undefined): ObjectId;
}

interface Range {
  readonly at: number;
  readonly length: number;
  readonly operation: MappingOperation;
}

/** linux/mman.h */
const MAP_SHARED = 1;
const MAP_TYPE = 15;
const MAP_ANONYMOUS = 0x20;
const MAP_GROWSDOWN = 0x100;
const READ_WRITE = 3;
const MAP_PRIVATE = 2;

const CHANGES: ReadonlyMap<string, (change: Change) => MappingChange | undefined> = new Map([
  ['mmap', mapped],
  ['munmap', (change: Change) => ranged(change, 'unmap', 0)],
  ['mprotect', (change: Change) => ranged(change, 'protect', word(change, 2))],
  ['pkey_mprotect', (change: Change) => ranged(change, 'protect', word(change, 2))],
  ['mremap', moved],
  ['brk', heap],
]);

/** The change that a call, which succeeded, made; undefined for calls that make none. */
export function mappingChange(change: Change): MappingChange | undefined {
  const made = CHANGES.get(change.call.row.name)?.(change);
  return made && [made, made.from ?? made].every(isInUserSpace) && Number.isSafeInteger(made.offset) ? made : undefined;
}

// A log may hold any number.
const isInUserSpace = ({ address: at, length }: { readonly address: number; readonly length: number }): boolean =>
  length > 0 && at >= 0 && at + length <= USER_SPACE_END;

const word = ({ call }: Change, index: number): number => Number(call.facts.arguments[index]!);

function base({ call, space }: Change, { at, length, operation }: Range): Omit<MappingChange, 'object' | 'from'> {
  const start = pageFloor(at);
  return { type: 'mapping', space, operation, origin: call.row.name, address: start, length: pageCeil(at + length) - start, protection: 0, flags: 0, offset: 0 };
}

function mapped(change: Change): MappingChange {
  const flags = word(change, 3);
  const shared = (flags & MAP_TYPE) !== MAP_PRIVATE;
  const at = Number(change.logged.result);
  const note = change.logged.arguments[4]?.value;
  const path = note?.type === 'number' ? note.note : undefined;
  return {
    ...base(change, { at, length: word(change, 1), operation: 'map' }),
    protection: word(change, 2),
    flags: (shared ? MAP_SHARED : MAP_PRIVATE) | (flags & (MAP_ANONYMOUS | MAP_GROWSDOWN)),
    ...((flags & MAP_ANONYMOUS) === 0 && { object: change.objectOf(Number(BigInt.asIntN(32, change.call.facts.arguments[4])), shared, path), offset: word(change, 5) }),
  };
}

function ranged(change: Change, operation: MappingOperation, protection: number): MappingChange {
  return { ...base(change, { at: word(change, 0), length: word(change, 1), operation }), protection };
}

function moved(change: Change): MappingChange {
  const from = { address: pageFloor(word(change, 0)), length: pageCeil(word(change, 1)) };
  return { ...base(change, { at: Number(change.logged.result), length: word(change, 2), operation: 'remap' }), from };
}

/** The first answer of brk is where the heap begins. */
function heap(change: Change): MappingChange | undefined {
  const { space, heaps } = change;
  const end = Number(change.logged.result);
  const before = heaps.get(space);
  heaps.set(space, end);
  if (before === undefined || end === before) return undefined;
  const [low, high] = [pageCeil(Math.min(before, end)), pageCeil(Math.max(before, end))];
  const length = high - low;
  if (length === 0) return undefined;
  const range = base(change, { at: address(low), length, operation: end > before ? 'map' : 'unmap' });
  return end > before ? { ...range, protection: READ_WRITE, flags: MAP_PRIVATE | MAP_ANONYMOUS } : range;
}

/** One address space, as the mapping events of a trace make it. */
import type { ObjectId } from '../base/brands.js';
import type { MappingChange } from '../trace/events.js';
import type { ObjectNames } from './object-names.js';
import { placeIn, type Place, type Region } from './place.js';

/** One piece of an address space. Neighbours of one region may differ in protection only. */
export interface Mapping {
  readonly start: number;
  /** First address behind it. */
  readonly end: number;
  /** PROT_* of mmap(2). */
  readonly protection: number;
  readonly shared: boolean;
  /** Absent for anonymous memory. */
  readonly object?: ObjectId;
  /** Anonymous memory that is shared: its number within the trace, in order of creation. */
  readonly sharedMemory?: number;
  /** Byte offset of the start in the object or the shared memory; 0 in anonymous private memory. */
  readonly offset: number;
  /** A fork leaves it out. */
  readonly keptFromChildren?: true;
  readonly region: Region;
}

/** asm-generic/mman-common.h */
const MAP_SHARED = 0x1;
const MAP_GROWSDOWN = 0x100;
const MADV_DONTFORK = 10;
const MADV_DOFORK = 11;
/** linux/mman.h */
const MREMAP_DONTUNMAP = 4;

const ANONYMOUS = 'anon';
const HEAP = '[heap]';
const STACK = '[stack]';

export class AddressSpace {
  private mappings: Mapping[] = [];
  // Fork copies a list that most children leave at once: it is shared until one of the two changes it.
  private isShared = false;
  private bytes = 0;
  private anonymous = 0;
  private heap: Region | undefined;

  constructor(
    private readonly names: ObjectNames,
    /** Path of the program that was started in it or in what it is a copy of. */
    readonly program?: string,
  ) {}

  /** A copy as fork makes it. */
  fork(): AddressSpace {
    const copy = new AddressSpace(this.names, this.program);
    copy.anonymous = this.anonymous;
    copy.heap = this.heap;
    if (this.mappings.some((each) => each.keptFromChildren)) {
      copy.mappings = this.mappings.filter((each) => !each.keptFromChildren);
      copy.bytes = sizeOf(copy.mappings);
      return copy;
    }
    copy.mappings = this.mappings;
    copy.bytes = this.bytes;
    copy.isShared = this.isShared = true;
    return copy;
  }

  /** All pieces in order of their addresses. */
  list(): readonly Mapping[] {
    return this.mappings;
  }

  /** Bytes of all pieces. */
  get size(): number {
    return this.bytes;
  }

  /** The piece that the address lies in. */
  mappingAt(address: number): Mapping | undefined {
    const mapping = this.mappings[this.firstEndingBehind(address)];
    return mapping !== undefined && mapping.start <= address ? mapping : undefined;
  }

  /** What the address is; undefined where nothing is mapped, but for a hole in what was one region. */
  placeOf(address: number): Place | undefined {
    const at = this.firstEndingBehind(address);
    const region = this.mappings[at]?.region;
    if (region === undefined) return undefined;
    const isInside = this.mappings[at]!.start <= address || this.mappings[at - 1]?.region === region;
    return isInside ? placeIn(region, address) : undefined;
  }

  /** The address as a distance from where the heap began; undefined before the first brk with memory. */
  heapPlace(address: number): Place | undefined {
    return this.heap && placeIn(this.heap, address);
  }

  /** Where the heap begins, known from what brk(0) told first. */
  heapBegins(base: number): void {
    this.heap ??= { name: HEAP, base };
  }

  /** Offsets in the stack count from here: the stack pointer that the program found. */
  stackBegins(pointer: number): void {
    const at = this.firstEndingBehind(pointer);
    const mapping = this.mappings[at];
    if (mapping?.region.name !== STACK) return;
    this.own()[at] = { ...mapping, region: { name: STACK, base: pointer } };
  }

  apply(change: MappingChange): void {
    const range = { start: change.address, end: change.address + change.length };
    switch (change.operation) {
      case 'map':
        return this.replace(range, [this.mapped(change)]);
      case 'unmap':
        return this.replace(range, []);
      case 'protect':
        return this.replace(range, this.inside(range).map((piece) => ({ ...piece, protection: change.protection })));
      case 'remap':
        return this.remap(change);
      case 'advise':
        return this.advise(range, change.protection);
    }
  }

  private advise(range: Range, advice: number): void {
    if (advice !== MADV_DONTFORK && advice !== MADV_DOFORK) return;
    const pieces = this.inside(range).map(({ keptFromChildren: _, ...piece }): Mapping => piece);
    this.replace(range, advice === MADV_DOFORK ? pieces : pieces.map((piece) => ({ ...piece, keptFromChildren: true })));
  }

  private mapped(change: MappingChange): Mapping {
    const { address, length, protection, flags, object, offset } = change;
    const shared = (flags & MAP_SHARED) !== 0;
    return {
      start: address,
      end: address + length,
      protection,
      shared,
      offset: object === undefined ? 0 : offset,
      region: object === undefined ? this.anonymousRegion(change) : this.objectRegion(change, object),
      ...(object !== undefined && { object }),
      ...(object === undefined && shared && { sharedMemory: this.names.newSharedMemory() }),
    };
  }

  private anonymousRegion({ address, origin, flags }: MappingChange): Region {
    if (origin === 'brk') return (this.heap ??= { name: HEAP, base: address });
    if (origin === 'execve' && flags & MAP_GROWSDOWN) return { name: STACK, base: address };
    // Over something: a part of it from now on, as a library's cleared data is.
    const under = this.mappingAt(address)?.region;
    if (under !== undefined) return under;
    const before = this.mappings[this.firstEndingBehind(address) - 1];
    if (origin === 'execve' && before?.end === address) return before.region;
    return { name: ANONYMOUS, number: ++this.anonymous, base: address };
  }

  private objectRegion({ address, offset, flags }: MappingChange, object: ObjectId): Region {
    const name = this.names.of(object);
    // The parts of one program or library are one region: what is mapped over it or right behind it.
    if ((flags & MAP_SHARED) === 0) {
      const near = this.mappingAt(address) ?? this.mappings[this.firstEndingBehind(address) - 1];
      if (near?.region.name === name.name && near.end >= address) return near.region;
    }
    return { ...name, base: address - offset };
  }

  private remap({ address, length, from, flags }: MappingChange): void {
    if (from === undefined) return;
    const old = this.mappingAt(from.address);
    if (old === undefined) return;
    const moved = cut(old, { start: from.address, end: old.end });
    const distance = address - from.address;
    // A length of zero leaves the old pages where they are.
    const stays = from.length === 0 || (flags & MREMAP_DONTUNMAP) !== 0;
    if (!stays) this.replace({ start: from.address, end: from.address + from.length }, []);
    const region = { ...moved.region, base: moved.region.base + distance };
    this.replace({ start: address, end: address + length }, [{ ...moved, start: address, end: address + length, region }]);
  }

  /** Index of the first piece whose end is behind the address. */
  private firstEndingBehind(address: number): number {
    let low = 0;
    let high = this.mappings.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.mappings[middle]!.end > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** What lies in the range, cut to it. */
  private inside({ start, end }: Range): Mapping[] {
    const found: Mapping[] = [];
    for (let at = this.firstEndingBehind(start); at < this.mappings.length; at++) {
      const piece = this.mappings[at]!;
      if (piece.start >= end) break;
      found.push(cut(piece, { start: Math.max(piece.start, start), end: Math.min(piece.end, end) }));
    }
    return found;
  }

  private replace({ start, end }: Range, pieces: readonly Mapping[]): void {
    const first = this.firstEndingBehind(start);
    let behind = first;
    while (behind < this.mappings.length && this.mappings[behind]!.start < end) behind++;
    const put: Mapping[] = [...pieces];
    const left = this.mappings[first];
    const right = this.mappings[behind - 1];
    if (behind > first && left !== undefined && left.start < start) put.unshift(cut(left, { start: left.start, end: start }));
    if (behind > first && right !== undefined && right.end > end) put.push(cut(right, { start: end, end: right.end }));
    const gone = this.own().splice(first, behind - first, ...put);
    this.bytes += sizeOf(put) - sizeOf(gone);
  }

  private own(): Mapping[] {
    if (this.isShared) this.mappings = [...this.mappings];
    this.isShared = false;
    return this.mappings;
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
}

const sizeOf = (pieces: readonly Mapping[]): number => pieces.reduce((sum, { start, end }) => sum + end - start, 0);

/** The part of a piece that a range, which lies in it, covers. */
export function cut(piece: Mapping, { start, end }: Range): Mapping {
  return { ...piece, start, end, offset: isBacked(piece) ? piece.offset + start - piece.start : 0 };
}

/** Whether other pieces can show the same memory: it is no anonymous private memory. */
export const isBacked = ({ object, sharedMemory }: Mapping): boolean => object !== undefined || sharedMemory !== undefined;

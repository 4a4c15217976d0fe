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
  /** Absent for anonymous private memory. */
  readonly object?: ObjectId;
  readonly region: Region;
}

/** asm-generic/mman-common.h */
const MAP_SHARED = 0x1;
const MAP_GROWSDOWN = 0x100;

const ANONYMOUS = 'anon';
const HEAP = '[heap]';
const STACK = '[stack]';

export class AddressSpace {
  private mappings: Mapping[] = [];
  // Fork copies a list that most children leave at once: it is shared until one of the two changes it.
  private isShared = false;
  private anonymous = 0;
  private heap: Region | undefined;

  constructor(private readonly names: ObjectNames) {}

  /** A copy as fork makes it. */
  fork(): AddressSpace {
    const copy = new AddressSpace(this.names);
    copy.mappings = this.mappings;
    copy.anonymous = this.anonymous;
    copy.heap = this.heap;
    copy.isShared = this.isShared = true;
    return copy;
  }

  /** All pieces in order of their addresses. */
  list(): readonly Mapping[] {
    return this.mappings;
  }

  /** The piece that the address lies in. */
  mappingAt(address: number): Mapping | undefined {
    const mapping = this.mappings[this.firstEndingBehind(address)];
    return mapping !== undefined && mapping.start <= address ? mapping : undefined;
  }

  /** What the address is; undefined where nothing is mapped. */
  placeOf(address: number): Place | undefined {
    const mapping = this.mappingAt(address);
    return mapping && placeIn(mapping.region, address);
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
    const end = change.address + change.length;
    switch (change.operation) {
      case 'map':
        return this.replace({ start: change.address, end }, [this.mapped(change)]);
      case 'unmap':
        return this.replace({ start: change.address, end }, []);
      case 'protect': {
        const pieces = this.inside({ start: change.address, end });
        return this.replace({ start: change.address, end }, pieces.map((piece) => ({ ...piece, protection: change.protection })));
      }
      case 'remap':
        return this.remap(change);
      case 'advise':
    }
  }

  private mapped(change: MappingChange): Mapping {
    const { address, length, protection, flags, object } = change;
    return {
      start: address,
      end: address + length,
      protection,
      shared: (flags & MAP_SHARED) !== 0,
      region: object === undefined ? this.anonymousRegion(change) : this.objectRegion(change, object),
      ...(object !== undefined && { object }),
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

  private remap({ address, length, from }: MappingChange): void {
    if (from === undefined) return;
    const moved = this.mappingAt(from.address);
    if (moved === undefined) return;
    const distance = address - from.address;
    // A length of zero leaves the old pages where they are.
    if (from.length > 0) this.replace({ start: from.address, end: from.address + from.length }, []);
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
      found.push({ ...piece, start: Math.max(piece.start, start), end: Math.min(piece.end, end) });
    }
    return found;
  }

  private replace({ start, end }: Range, pieces: readonly Mapping[]): void {
    const first = this.firstEndingBehind(start);
    let behind = first;
    while (behind < this.mappings.length && this.mappings[behind]!.start < end) behind++;
    const cut: Mapping[] = [...pieces];
    const left = this.mappings[first];
    const right = this.mappings[behind - 1];
    if (behind > first && left !== undefined && left.start < start) cut.unshift({ ...left, end: start });
    if (behind > first && right !== undefined && right.end > end) cut.push({ ...right, start: end });
    this.own().splice(first, behind - first, ...cut);
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

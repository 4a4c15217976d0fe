/** Address spaces as tables of single pages: slow, and too simple to be wrong. */
import type { SpaceId } from '../../src/base/brands.js';
import type { Mapping } from '../../src/mappings/index.js';
import type { MappingChange, TraceEvent } from '../../src/trace/index.js';

const PAGE = 4096;
const MAP_SHARED = 1;
const MADV_DONTFORK = 10;
const MADV_DOFORK = 11;
const MREMAP_DONTUNMAP = 4;
const ACCESS = 7;

interface Page {
  readonly access: number;
  readonly shared: boolean;
  /** Number of the object; `anonymous` without one. */
  readonly object: number | 'anonymous';
  /** Byte offset in the object; that in shared anonymous memory is left out. */
  readonly offset: number;
  readonly keptFromChildren?: boolean;
}

type Table = Map<number, Page>;

const shown = ({ access, shared, object, offset }: Page): string => `${access} ${shared} ${object} ${offset}`;

/** The pages of a space, by address. */
export function pageTable(pieces: readonly Mapping[]): Table {
  const table: Table = new Map();
  for (const { start, end, protection, shared, object, offset } of pieces) {
    for (let at = start; at < end; at += PAGE) {
      table.set(at, { access: protection & ACCESS, shared, object: object ?? 'anonymous', offset: object === undefined ? 0 : offset + at - start });
    }
  }
  return table;
}

export class PageTables {
  private readonly tables = new Map<SpaceId, Table>();

  apply({ effects }: TraceEvent): void {
    for (const effect of effects) {
      if (effect.type === 'mapping') this.change(this.tables.get(effect.space)!, effect);
      if (effect.type !== 'space') continue;
      const original = effect.copyOf === undefined ? new Map<number, Page>() : this.tables.get(effect.copyOf)!;
      this.tables.set(effect.space, new Map([...original].filter(([, page]) => !page.keptFromChildren)));
    }
  }

  /** Whether the space has just these pages. */
  equals(space: SpaceId, other: Table): boolean {
    const own = this.tables.get(space)!;
    return own.size === other.size && [...own].every(([at, page]) => other.has(at) && shown(page) === shown(other.get(at)!));
  }

  private change(table: Table, change: MappingChange): void {
    const { operation, address, length, protection, flags, object, offset, from } = change;
    const moved = from && Array.from({ length: length / PAGE }, (_, index) => table.get(from.address + Math.min(index * PAGE, Math.max(0, from.length - PAGE))));
    if (from && (flags & MREMAP_DONTUNMAP) === 0) for (let at = 0; at < from.length; at += PAGE) table.delete(from.address + at);
    for (let at = 0; at < length; at += PAGE) {
      const page = table.get(address + at);
      if (operation === 'unmap') table.delete(address + at);
      if (operation === 'map') table.set(address + at, { access: protection & ACCESS, shared: (flags & MAP_SHARED) !== 0, object: object ?? 'anonymous', offset: object === undefined ? 0 : offset + at });
      if (operation === 'protect' && page) table.set(address + at, { ...page, access: protection & ACCESS });
      if (operation === 'advise' && page && (protection === MADV_DONTFORK || protection === MADV_DOFORK)) table.set(address + at, { ...page, keptFromChildren: protection === MADV_DONTFORK });
      if (operation === 'remap') table.set(address + at, movedPage(moved!, at / PAGE));
    }
  }
}

/** What is behind the end of the old range goes on in the object. */
function movedPage(moved: readonly (Page | undefined)[], index: number): Page {
  const [first] = moved;
  const page = moved[index] ?? first!;
  return { ...page, offset: page.object === 'anonymous' ? 0 : first!.offset + index * PAGE };
}

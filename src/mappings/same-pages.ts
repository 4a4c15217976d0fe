/** Which pieces of address spaces show the same pages: of one object, or of one shared memory. */
import type { SpaceId } from '../base/brands.js';
import type { Mapping } from './address-space.js';
import type { LivingSpace } from './spaces.js';

/** Where pages can be seen. */
export interface PagePlace {
  readonly space: SpaceId;
  /** The first address of the pages. */
  readonly address: number;
  /** The piece that they are in. */
  readonly piece: Mapping;
}

/** Pages that are seen at more than one place, at least once by a shared mapping. */
export interface SamePages {
  readonly length: number;
  readonly places: readonly PagePlace[];
}

interface Piece {
  readonly space: SpaceId;
  readonly piece: Mapping;
}

/**
 * The pages that several pieces show, each run of pages once. A private mapping counts beside a shared
 * one, since it shows the same pages until it is written to; private ones alone do not.
 */
export function samePages(spaces: readonly Pick<LivingSpace, 'space' | 'pieces'>[]): SamePages[] {
  const byMemory = new Map<string, Piece[]>();
  for (const { space, pieces } of spaces) {
    for (const piece of pieces) {
      const key = memoryOf(piece);
      if (key === undefined) continue;
      const known = byMemory.get(key);
      if (known) known.push({ space, piece });
      else byMemory.set(key, [{ space, piece }]);
    }
  }
  return [...byMemory.values()].flatMap(seenTogether);
}

function memoryOf({ object, sharedMemory }: Mapping): string | undefined {
  if (object !== undefined) return `object ${object}`;
  return sharedMemory === undefined ? undefined : `shared ${sharedMemory}`;
}

const endOf = ({ offset, start, end }: Mapping): number => offset + end - start;

/** Goes through the memory from offset to offset where a piece begins or ends. */
function seenTogether(pieces: readonly Piece[]): SamePages[] {
  if (pieces.length < 2 || !pieces.some(({ piece }) => piece.shared)) return [];
  const waiting = [...pieces].sort((left, right) => left.piece.offset - right.piece.offset);
  const borders = [...new Set(pieces.flatMap(({ piece }) => [piece.offset, endOf(piece)]))].sort((left, right) => left - right);
  const found: SamePages[] = [];
  let next = 0;
  let here: Piece[] = [];
  for (const [index, from] of borders.slice(0, -1).entries()) {
    here = here.filter(({ piece }) => endOf(piece) > from);
    while (next < waiting.length && waiting[next]!.piece.offset === from) here.push(waiting[next++]!);
    if (here.length < 2 || !here.some(({ piece }) => piece.shared)) continue;
    const places = here.map(({ space, piece }): PagePlace => ({ space, piece, address: piece.start + from - piece.offset }));
    found.push({ length: borders[index + 1]! - from, places: places.sort((left, right) => left.space - right.space || left.address - right.address) });
  }
  return found;
}

/** Part of a piece, and where else its pages are seen. */
export interface SeenPart {
  readonly start: number;
  readonly end: number;
  /** The first of the other places, in order of spaces and addresses. */
  readonly also: readonly PagePlace[];
  /** How many more there are. */
  readonly more: number;
}

/** What is seen elsewhere of a piece of a space, in order of addresses. */
export type Elsewhere = (space: SpaceId, piece: Mapping) => readonly SeenPart[];

/** Other places that a part lists. All of all would be a square number of them. */
const PLACES_KEPT = 32;

export function seenElsewhere(groups: readonly SamePages[]): Elsewhere {
  // Spaces that a fork made have pieces in common: only the space and the address tell them apart.
  const found = new Map<string, SeenPart[]>();
  const keyOf = (space: SpaceId, { start }: Mapping): string => `${space} ${start}`;
  for (const { length, places } of groups) {
    const shared = places.filter(({ piece }) => piece.shared);
    for (const place of places) {
      const others = othersOf(place, place.piece.shared ? places : shared);
      if (others.also.length === 0) continue;
      const key = keyOf(place.space, place.piece);
      const parts = found.get(key) ?? [];
      found.set(key, parts);
      const part = { start: place.address, end: place.address + length, ...others };
      const last = parts.at(-1);
      if (last !== undefined && continues(last, part)) parts[parts.length - 1] = { ...last, end: part.end };
      else parts.push(part);
    }
  }
  return (space, piece) => found.get(keyOf(space, piece)) ?? [];
}

function othersOf(place: PagePlace, places: readonly PagePlace[]): Pick<SeenPart, 'also' | 'more'> {
  const also = places.slice(0, PLACES_KEPT + 1).filter((other) => other !== place).slice(0, PLACES_KEPT);
  return { also, more: places.length - (place.piece.shared ? 1 : 0) - also.length };
}

/** Whether the second part is seen at the same places as the first, right behind it. */
function continues(first: SeenPart, second: SeenPart): boolean {
  if (first.end !== second.start || first.also.length !== second.also.length || first.more !== second.more) return false;
  const length = first.end - first.start;
  return first.also.every(({ space, address, piece }, index) => {
    const other = second.also[index]!;
    return other.space === space && other.address === address + length && other.piece.shared === piece.shared;
  });
}

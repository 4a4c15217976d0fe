/** What changed in an address space from one moment to another. */
import { cut, isBacked, type Mapping } from './address-space.js';
import { accessOf, goesOn, showSame } from './pieces.js';

/**
 * - `added`, `removed`: there was nothing before, there is nothing now. `protection`: the same memory, with other rights.
 * - `remapped`: the addresses show other memory.
 */
export type SpaceChangeKind = 'added' | 'removed' | 'protection' | 'remapped';

/** One range of addresses that is not as it was. */
export interface SpaceChange {
  readonly kind: SpaceChangeKind;
  /** What was there; absent where it was added. */
  readonly before?: Mapping;
  /** What is there; absent where it was removed. */
  readonly after?: Mapping;
  /** Added anonymous private memory that mremap moved here: the address where its start was. */
  readonly movedFrom?: number;
}

/** The changes in order of their addresses. */
export function changesBetween(before: readonly Mapping[], after: readonly Mapping[]): SpaceChange[] {
  const borders = [...new Set([...before, ...after].flatMap(({ start, end }) => [start, end]))].sort((left, right) => left - right);
  const [older, newer] = [before, after].map((pieces) => cutAt(pieces, borders)) as [Map<number, Mapping>, Map<number, Mapping>];
  const changes: SpaceChange[] = [];
  for (const start of borders) {
    const change = changeOf(older.get(start), newer.get(start));
    if (change !== undefined) changes.push(change);
  }
  const moves = new Moves(changes);
  return joinedChanges(changes.map((change) => moves.noted(change)));
}

/** The pieces, cut at every border, by their starts. */
function cutAt(pieces: readonly Mapping[], borders: readonly number[]): Map<number, Mapping> {
  const found = new Map<number, Mapping>();
  let next = 0;
  for (const piece of pieces) {
    while (borders[next]! < piece.start) next++;
    for (; borders[next]! < piece.end; next++) {
      found.set(borders[next]!, cut(piece, { start: borders[next]!, end: borders[next + 1]! }));
    }
  }
  return found;
}

function changeOf(before: Mapping | undefined, after: Mapping | undefined): SpaceChange | undefined {
  if (after === undefined) return before && { kind: 'removed', before };
  if (before === undefined) return { kind: 'added', after };
  if (!showSame(before, after)) return { kind: 'remapped', before, after };
  return accessOf(before) === accessOf(after) ? undefined : { kind: 'protection', before, after };
}

/** Anonymous private memory that is gone, by the region that it was part of. */
class Moves {
  private readonly gone = new Map<string, Mapping[]>();

  constructor(changes: readonly SpaceChange[]) {
    for (const { kind, before } of changes) {
      const key = before && regionOf(before);
      if (kind === 'removed' && key !== undefined) this.gone.set(key, [...(this.gone.get(key) ?? []), before!]);
    }
  }

  /** The change, and where its memory came from. */
  noted(change: SpaceChange): SpaceChange {
    const { kind, after } = change;
    const key = after && regionOf(after);
    if (kind !== 'added' || after === undefined || key === undefined) return change;
    for (const before of this.gone.get(key) ?? []) {
      const distance = after.region.base - before.region.base;
      const [start, end] = [before.start + distance, before.end + distance];
      if (distance !== 0 && start < after.end && end > after.start) return { ...change, movedFrom: after.start - distance };
    }
    return change;
  }
}

/** A region keeps its number when it is moved. */
function regionOf(piece: Mapping): string | undefined {
  const { name, number } = piece.region;
  return isBacked(piece) || number === undefined ? undefined : `${name}#${number}`;
}

function joinedChanges(changes: readonly SpaceChange[]): SpaceChange[] {
  const found: SpaceChange[] = [];
  for (const change of changes) {
    const last = found.at(-1);
    if (last === undefined || !changeGoesOn(last, change)) found.push(change);
    else found[found.length - 1] = { ...last, ...(last.before && { before: { ...last.before, end: change.before!.end } }), ...(last.after && { after: { ...last.after, end: change.after!.end } }) };
  }
  return found;
}

function changeGoesOn(first: SpaceChange, second: SpaceChange): boolean {
  if (first.kind !== second.kind || !moveGoesOn(first, second)) return false;
  const sides = [[first.before, second.before], [first.after, second.after]] as const;
  return sides.every(([left, right]) => left === undefined || right === undefined || goesOn(left, right));
}

function moveGoesOn(first: SpaceChange, second: SpaceChange): boolean {
  if (first.movedFrom === undefined || second.movedFrom === undefined) return first.movedFrom === second.movedFrom;
  return second.movedFrom - first.movedFrom === second.after!.start - first.after!.start;
}

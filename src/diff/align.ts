/**
 * Which elements of two sequences belong together: as many equal ones as possible, in order. The
 * ends are trimmed, what occurs once on each side splits the rest, and only the small pieces between
 * go to the diff library, so that the time stays near the length of the sequences.
 */
import { diffArrays } from 'diff';

/** Equal numbers are equal elements. */
export type Keys = Int32Array;

/** For each element of the first sequence the index of its partner in the second, or UNMATCHED. */
export type Matches = Int32Array;

export const UNMATCHED = -1;

/** Pieces of up to so many elements on both sides together go to the library as they are. */
const SMALL = 1000;
/** Sequences that differ in more than this are not worth looking at closer. */
const MOST_EDITS = 2000;

interface Piece {
  readonly a: number;
  readonly aEnd: number;
  readonly b: number;
  readonly bEnd: number;
}

export function align(a: Keys, b: Keys): Matches {
  const matches = new Int32Array(a.length).fill(UNMATCHED);
  const pieces: Piece[] = [{ a: 0, aEnd: a.length, b: 0, bEnd: b.length }];
  for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
    const rest = trim(a, b, piece, matches);
    if (rest.a === rest.aEnd || rest.b === rest.bEnd) continue;
    const size = rest.aEnd - rest.a + rest.bEnd - rest.b;
    const anchors = size > SMALL ? anchorsOf(a, b, rest) : [];
    if (anchors.length > 0) pieces.push(...between(rest, anchors, matches));
    else matchSmall(a, b, rest, matches);
  }
  return matches;
}

/** Matches what is equal at both ends and gives what is left between. */
function trim(a: Keys, b: Keys, piece: Piece, matches: Matches): Piece {
  let { a: first, aEnd: last, b: other, bEnd: otherEnd } = piece;
  while (first < last && other < otherEnd && a[first] === b[other]) matches[first++] = other++;
  while (last > first && otherEnd > other && a[last - 1] === b[otherEnd - 1]) matches[--last] = --otherEnd;
  return { a: first, aEnd: last, b: other, bEnd: otherEnd };
}

type Anchor = readonly [inA: number, inB: number];

/** What occurs exactly once on each side, thinned to the longest list that is in order on both. */
function anchorsOf(a: Keys, b: Keys, piece: Piece): Anchor[] {
  const inB = placesOfUnique(b, piece.b, piece.bEnd);
  const found: Anchor[] = [];
  for (const [key, at] of placesOfUnique(a, piece.a, piece.aEnd)) {
    const other = inB.get(key);
    if (other !== undefined) found.push([at, other]);
  }
  return longestRising(found.sort((left, right) => left[0] - right[0]));
}

function placesOfUnique(keys: Keys, from: number, to: number): Map<number, number> {
  const places = new Map<number, number>();
  for (let at = from; at < to; at++) places.set(keys[at]!, places.has(keys[at]!) ? UNMATCHED : at);
  for (const [key, at] of places) if (at === UNMATCHED) places.delete(key);
  return places;
}

/** The longest subsequence whose second parts rise. */
function longestRising(anchors: readonly Anchor[]): Anchor[] {
  // ends[n] is the anchor with the smallest second part that ends a rising list of n + 1.
  const ends: number[] = [];
  const before = new Int32Array(anchors.length).fill(UNMATCHED);
  anchors.forEach(([, inB], index) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (anchors[ends[middle]!]![1] < inB) low = middle + 1;
      else high = middle;
    }
    before[index] = low === 0 ? UNMATCHED : ends[low - 1]!;
    ends[low] = index;
  });
  const rising: Anchor[] = [];
  for (let at = ends.at(-1) ?? UNMATCHED; at !== UNMATCHED; at = before[at]!) rising.push(anchors[at]!);
  return rising.reverse();
}

function between(piece: Piece, anchors: readonly Anchor[], matches: Matches): Piece[] {
  const pieces: Piece[] = [];
  let { a, b } = piece;
  for (const [inA, inB] of anchors) {
    matches[inA] = inB;
    pieces.push({ a, aEnd: inA, b, bEnd: inB });
    a = inA + 1;
    b = inB + 1;
  }
  pieces.push({ a, aEnd: piece.aEnd, b, bEnd: piece.bEnd });
  return pieces;
}

function matchSmall(a: Keys, b: Keys, piece: Piece, matches: Matches): void {
  const left = Array.from(a.subarray(piece.a, piece.aEnd));
  const right = Array.from(b.subarray(piece.b, piece.bEnd));
  const changes = diffArrays(left, right, { maxEditLength: MOST_EDITS });
  let { a: atA, b: atB } = piece;
  for (const { added, removed, count } of changes ?? []) {
    if (!added && !removed) for (let step = 0; step < count; step++) matches[atA + step] = atB + step;
    if (!added) atA += count;
    if (!removed) atB += count;
  }
}

/** The steps of two tasks next to each other: what is the same, and what is not. */
import { align, UNMATCHED, type Keys } from './align.js';
import type { CommonTimes } from './common-times.js';
import type { Difference, StepPlace } from './differences.js';
import { Steps } from './steps.js';
import type { TaskRun } from './task-run.js';
import type { Texts } from './texts.js';

export interface PlacePair {
  readonly a: StepPlace;
  readonly b: StepPlace;
}

export interface Comparison {
  readonly differences: readonly Difference[];
  /** Texts of steps that are the same on both sides to the last number. */
  readonly identical: Set<number>;
  /** Steps that are the same on both sides but for the numbers in their names. */
  readonly renamed: readonly PlacePair[];
}

/** What all comparisons of two recordings have in common. */
export interface Shared {
  readonly texts: Texts;
  readonly times: CommonTimes;
}

interface Side {
  readonly run: TaskRun;
  readonly steps: Steps;
  /** What each step did and got, as one number. */
  readonly whole: Keys;
}

/** Steps of both sides between two that are the same. */
interface Gap {
  readonly a: number;
  readonly aEnd: number;
  readonly b: number;
  readonly bEnd: number;
}

const NO_STEPS = new Steps();

/** Names of all parts that either task has. */
export const partsOf = (a: TaskRun, b: TaskRun): string[] => [...new Set([...a.parts.keys(), ...b.parts.keys()])];

/** One part of two tasks: MAIN, or what one signal made them do. */
export function comparePart(runs: { readonly a: TaskRun; readonly b: TaskRun }, part: string, { texts, times }: Shared): Comparison {
  const [a, b] = sidesOf(runs, part, texts);
  const placeInA = (index: number): StepPlace => ({ run: a.run, part, index });
  const placeInB = (index: number): StepPlace => ({ run: b.run, part, index });
  const differences: Difference[] = [];
  const renamed: PlacePair[] = [];
  const identical = new Set<number>();
  for (const piece of alignedPieces(align(a.whole, b.whole), b.steps.length)) {
    if ('aEnd' in piece) {
      for (const each of gapPairs(a, b, piece, texts)) {
        if (each.a !== undefined && each.b !== undefined) differences.push({ kind: each.kind, a: placeInA(each.a), b: placeInB(each.b) });
        else if (each.a !== undefined) differences.push({ kind: 'only', a: placeInA(each.a), beside: placeInB(each.beside) });
        else differences.push({ kind: 'only', b: placeInB(each.b!), beside: placeInA(each.beside) });
      }
    } else if (a.steps.did(piece.a) !== b.steps.did(piece.b) || a.steps.got(piece.a) !== b.steps.got(piece.b)) {
      renamed.push({ a: placeInA(piece.a), b: placeInB(piece.b) });
    } else {
      identical.add(a.steps.did(piece.a)).add(a.steps.got(piece.a));
    }
    if (!('aEnd' in piece)) times.add(a.steps.event(piece.a), b.steps.event(piece.b));
  }
  return { differences: joinMoved(differences, (place) => (place.run === a.run ? a : b).whole[place.index]!), renamed, identical };
}

function sidesOf({ a, b }: { readonly a: TaskRun; readonly b: TaskRun }, part: string, texts: Texts): [Side, Side] {
  const numbers = new Map<number, number>();
  const side = (run: TaskRun): Side => {
    const steps = run.parts.get(part) ?? NO_STEPS;
    const whole = new Int32Array(steps.length);
    for (let at = 0; at < steps.length; at++) {
      const pair = texts.compared(steps.did(at)) * 2 ** 26 + texts.compared(steps.got(at));
      let number = numbers.get(pair);
      if (number === undefined) numbers.set(pair, (number = numbers.size));
      whole[at] = number;
    }
    return { run, steps, whole };
  };
  return [side(a), side(b)];
}

/** Pairs and gaps in order. */
function* alignedPieces(matches: Keys, lengthOfB: number): Iterable<{ readonly a: number; readonly b: number } | Gap> {
  let [a, b] = [0, 0];
  for (let index = 0; index <= matches.length; index++) {
    const other = index === matches.length ? lengthOfB : matches[index]!;
    if (other === UNMATCHED) continue;
    if (index > a || other > b) yield { a, aEnd: index, b, bEnd: other };
    if (index < matches.length) yield { a: index, b: other };
    [a, b] = [index + 1, other + 1];
  }
}

interface GapPair {
  readonly kind: 'outcome' | 'change';
  readonly a?: number;
  readonly b?: number;
  /** Where on the other side a lone step would be. */
  readonly beside: number;
}

/** Steps of a gap: first those that did the same, then those that are at least the same call. */
function gapPairs(a: Side, b: Side, gap: Gap, texts: Texts): GapPair[] {
  const did = ({ steps }: Side, at: number): number => texts.compared(steps.did(at));
  const sort = ({ steps }: Side, at: number): number => steps.sort(at);
  return pairBy({ a, b, key: did, kind: 'outcome' }, gap).flatMap((piece) =>
    'aEnd' in piece
      ? pairBy({ a, b, key: sort, kind: 'change' }, piece).flatMap((rest) => ('aEnd' in rest ? alone(rest) : [rest]))
      : [piece],
  );
}

interface Pairing {
  readonly a: Side;
  readonly b: Side;
  readonly key: (side: Side, at: number) => number;
  readonly kind: 'outcome' | 'change';
}

function pairBy({ a, b, key, kind }: Pairing, gap: Gap): (GapPair | Gap)[] {
  const keys = (side: Side, from: number, to: number): Keys => Int32Array.from({ length: to - from }, (_, at) => key(side, from + at));
  const matches = align(keys(a, gap.a, gap.aEnd), keys(b, gap.b, gap.bEnd));
  return [...alignedPieces(matches, gap.bEnd - gap.b)].map((piece) =>
    'aEnd' in piece
      ? { a: gap.a + piece.a, aEnd: gap.a + piece.aEnd, b: gap.b + piece.b, bEnd: gap.b + piece.bEnd }
      : { kind, a: gap.a + piece.a, b: gap.b + piece.b, beside: gap.b + piece.b },
  );
}

function alone({ a, aEnd, b, bEnd }: Gap): GapPair[] {
  const pairs: GapPair[] = [];
  for (let at = a; at < aEnd; at++) pairs.push({ kind: 'change', a: at, beside: b });
  for (let at = b; at < bEnd; at++) pairs.push({ kind: 'change', b: at, beside: aEnd });
  return pairs;
}

/** A step that is missing here and too many there has moved. */
function joinMoved(differences: readonly Difference[], key: (place: StepPlace) => number): Difference[] {
  const missing = new Map<number, Difference[]>();
  for (const each of differences) {
    if (each.kind !== 'only' || !each.b) continue;
    const same = missing.get(key(each.b));
    if (same) same.push(each);
    else missing.set(key(each.b), [each]);
  }
  const gone = new Set<Difference>();
  const joined = differences.map((each): Difference => {
    const partner = each.kind === 'only' && each.a ? missing.get(key(each.a))?.shift() : undefined;
    if (!partner) return each;
    gone.add(partner);
    return { kind: 'moved', a: each.a!, b: partner.b! };
  });
  return joined.filter((each) => !gone.has(each));
}

/** Which task of one recording is which of the other: by the tree in which they were made. */
import { align, UNMATCHED } from './align.js';
import type { Recording } from './recording.js';
import { Steps } from './steps.js';
import type { TaskRun } from './task-run.js';
import type { Texts } from './texts.js';

export interface TaskPair {
  readonly a: TaskRun;
  readonly b: TaskRun;
}

export interface TaskMatch {
  readonly pairs: readonly TaskPair[];
  readonly onlyA: readonly TaskRun[];
  readonly onlyB: readonly TaskRun[];
}

/** linux/sched.h */
const CLONE_THREAD = 0x10000;

interface Look {
  readonly texts: Texts;
  /** How the family of a task is made, itself left out: '' where it has no children. */
  readonly shapeOf: (run: TaskRun) => string;
}

/** From the most to the least that two children may have in common; undefined where that says nothing. */
const LIKENESS: readonly ((run: TaskRun, look: Look) => string | undefined)[] = [
  (run, { texts, shapeOf }) => `${programOf(run)} ${fingerprint(run.main, texts)} ${shapeOf(run)}`,
  (run, { texts }) => `${programOf(run)} ${fingerprint(run.main, texts)}`,
  (run, { shapeOf }) => (shapeOf(run) === '' ? undefined : `${programOf(run)} ${shapeOf(run)}`),
  (run) => programOf(run),
  (run) => kindOf(run),
];

type KeyOf = (run: TaskRun) => string | undefined;
/** For the tasks of the one recording and of the other. */
type Keys = readonly [KeyOf, KeyOf];

const programOf = (run: TaskRun): string => `${kindOf(run)} ${run.facts.program ?? ''}`;

const kindOf = ({ facts }: TaskRun): string => (facts.flags & CLONE_THREAD ? 'thread' : 'process');

/**
 * Children of one parent are matched in the order of their birth, those that did the same first. Where two
 * were born in the other order, as parents that others drive do it, what they have in common decides.
 */
export function matchTasks(a: Pick<Recording, 'tasks'>, b: Pick<Recording, 'tasks'>, texts: Texts): TaskMatch {
  const childrenOfA = childrenOf(a.tasks);
  const childrenOfB = childrenOf(b.tasks);
  const lookAtA = { texts, shapeOf: shapesOf(childrenOfA) };
  const lookAtB = { texts, shapeOf: shapesOf(childrenOfB) };
  const likenesses = LIKENESS.map((likeness): Keys => [(run) => likeness(run, lookAtA), (run) => likeness(run, lookAtB)]);
  const pairs: TaskPair[] = [];
  const onlyA: TaskRun[] = [];
  const onlyB: TaskRun[] = [];
  const open: [readonly TaskRun[], readonly TaskRun[]][] = [[childrenOfA.get(0) ?? [], childrenOfB.get(0) ?? []]];
  for (let next = open.pop(); next; next = open.pop()) {
    const matched = matchChildren(...next, likenesses);
    pairs.push(...matched.pairs);
    onlyA.push(...matched.onlyA.flatMap((run) => withDescendants(run, childrenOfA)));
    onlyB.push(...matched.onlyB.flatMap((run) => withDescendants(run, childrenOfB)));
    for (const pair of matched.pairs) {
      open.push([childrenOfA.get(pair.a.facts.task) ?? [], childrenOfB.get(pair.b.facts.task) ?? []]);
    }
  }
  pairs.sort((left, right) => left.a.facts.task - right.a.facts.task);
  return { pairs, onlyA, onlyB };
}

function childrenOf(tasks: readonly TaskRun[]): Map<number, TaskRun[]> {
  const children = new Map<number, TaskRun[]>();
  for (const run of tasks) {
    const parent = run.facts.parent ?? 0;
    children.set(parent, [...(children.get(parent) ?? []), run]);
  }
  return children;
}

/** The task and all that came of it. */
export function withDescendants(run: TaskRun, children: ReadonlyMap<number, readonly TaskRun[]>): TaskRun[] {
  return [run, ...(children.get(run.facts.task) ?? []).flatMap((child) => withDescendants(child, children))];
}

/** All tasks below one, itself included. */
export function familyOf(run: TaskRun, tasks: readonly TaskRun[]): TaskRun[] {
  return withDescendants(run, childrenOf(tasks));
}

/** Says how deep and wide the family of a task is, each task of it looked at once. */
function shapesOf(children: ReadonlyMap<number, readonly TaskRun[]>): (run: TaskRun) => string {
  const known = new Map<number, string>();
  const shapeOf = (run: TaskRun): string => {
    const shape = known.get(run.facts.task) ?? (children.get(run.facts.task) ?? []).map((child) => `(${shapeOf(child)})`).join('');
    known.set(run.facts.task, shape);
    return shape;
  };
  return shapeOf;
}

function matchChildren(a: readonly TaskRun[], b: readonly TaskRun[], likenesses: readonly Keys[]): TaskMatch {
  const pairs: TaskPair[] = [];
  let [leftA, leftB] = [a, b];
  for (const [keyOfA, keyOfB] of likenesses) {
    const keys = numbered(leftA.map(keyOfA), leftB.map(keyOfB));
    const matches = align(...keys);
    matchAcross(...keys, matches);
    const taken = new Set(matches);
    matches.forEach((other, index) => {
      if (other !== UNMATCHED) pairs.push({ a: leftA[index]!, b: leftB[other]! });
    });
    leftA = leftA.filter((_, index) => matches[index] === UNMATCHED);
    leftB = leftB.filter((_, index) => !taken.has(index));
  }
  return { pairs, onlyA: leftA, onlyB: leftB };
}

/** Matches what is equal but in another order. */
function matchAcross(a: Int32Array, b: Int32Array, matches: Int32Array): void {
  const taken = new Set(matches);
  const free = new Map<number, number[]>();
  b.forEach((key, index) => {
    if (!taken.has(index)) free.set(key, [...(free.get(key) ?? []), index]);
  });
  a.forEach((key, index) => {
    if (matches[index] === UNMATCHED) matches[index] = free.get(key)?.shift() ?? UNMATCHED;
  });
}

/** Equal texts as equal numbers; what is undefined is equal to nothing. */
function numbered(a: readonly (string | undefined)[], b: readonly (string | undefined)[]): [Int32Array, Int32Array] {
  const numbers = new Map<string, number>();
  let unlike = -1;
  const numberOf = (key: string | undefined): number => {
    if (key === undefined) return unlike--;
    const known = numbers.get(key) ?? numbers.size;
    numbers.set(key, known);
    return known;
  };
  return [Int32Array.from(a, numberOf), Int32Array.from(b, numberOf)];
}

/** A number that is equal for equal steps, and hardly ever for others. */
function fingerprint(steps: Steps, texts: Texts): number {
  let hash = steps.length;
  for (let at = 0; at < steps.length; at++) {
    hash = (Math.imul(hash, 31) + texts.compared(steps.did(at))) | 0;
    hash = (Math.imul(hash, 31) + texts.compared(steps.got(at))) | 0;
  }
  return hash;
}

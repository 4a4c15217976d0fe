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

/** From the most to the least that two children may have in common. */
const LIKENESS: readonly ((run: TaskRun, texts: Texts) => string)[] = [
  (run, texts) => `${kindOf(run)} ${run.facts.program ?? ''} ${fingerprint(run.main, texts)}`,
  (run) => `${kindOf(run)} ${run.facts.program ?? ''}`,
  (run) => kindOf(run),
];

const kindOf = ({ facts }: TaskRun): string => (facts.flags & CLONE_THREAD ? 'thread' : 'process');

/** Children of one parent are matched in the order of their birth, those that did the same first. */
export function matchTasks(a: Recording, b: Recording, texts: Texts): TaskMatch {
  const childrenOfA = childrenOf(a.tasks);
  const childrenOfB = childrenOf(b.tasks);
  const pairs: TaskPair[] = [];
  const onlyA: TaskRun[] = [];
  const onlyB: TaskRun[] = [];
  const open: [readonly TaskRun[], readonly TaskRun[]][] = [[childrenOfA.get(0) ?? [], childrenOfB.get(0) ?? []]];
  for (let next = open.pop(); next; next = open.pop()) {
    const matched = matchChildren(...next, texts);
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

function matchChildren(a: readonly TaskRun[], b: readonly TaskRun[], texts: Texts): TaskMatch {
  const pairs: TaskPair[] = [];
  let leftA = a;
  let leftB = b;
  for (const likeness of LIKENESS) {
    const matches = align(...keysOf(leftA.map((run) => likeness(run, texts)), leftB.map((run) => likeness(run, texts))));
    const taken = new Set(matches);
    matches.forEach((other, index) => {
      if (other !== UNMATCHED) pairs.push({ a: leftA[index]!, b: leftB[other]! });
    });
    leftA = leftA.filter((_, index) => matches[index] === UNMATCHED);
    leftB = leftB.filter((_, index) => !taken.has(index));
  }
  return { pairs, onlyA: leftA, onlyB: leftB };
}

function keysOf(a: readonly string[], b: readonly string[]): [Int32Array, Int32Array] {
  const numbers = new Map<string, number>();
  const numberOf = (key: string): number => {
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

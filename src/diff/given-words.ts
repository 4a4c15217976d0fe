/**
 * What a guest was given from outside and what its user may choose freely: the program's own path,
 * the working folder, paths among the arguments. Where two recordings differ in it, what follows
 * from it is no behaviour of a host.
 */
import type { SessionFacts } from '../trace/events.js';

/** A text and what stands for it. */
export interface GivenWord {
  readonly text: string;
  readonly name: string;
}

/** The words of each side that differ, longest first. */
export function givenWords(a: SessionFacts, b: SessionFacts): readonly [GivenWord[], GivenWord[]] {
  const ofA: GivenWord[] = [];
  const ofB: GivenWord[] = [];
  const add = (left: string | undefined, right: string | undefined, name: string): void => {
    if (left === right) return;
    if (isPath(left)) ofA.push({ text: left, name });
    if (isPath(right)) ofB.push({ text: right, name });
  };
  add(a.workingFolder, b.workingFolder, '[folder]');
  const count = Math.max(a.arguments.length, b.arguments.length);
  for (let index = 1; index < count; index++) add(a.arguments[index], b.arguments[index], `[argument ${index}]`);
  return [ofA.sort(longestFirst), ofB.sort(longestFirst)];
}

const isPath = (text: string | undefined): text is string => text !== undefined && text.length > 1 && text.includes('/');

const longestFirst = (left: GivenWord, right: GivenWord): number => right.text.length - left.text.length;

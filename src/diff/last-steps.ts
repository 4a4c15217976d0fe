/** The last steps of a task that another one ended: how far it had got by then is a matter of chance. */
import type { Difference, StepPlace } from './differences.js';
import { areRounds } from './rounds.js';
import { NOT_RETURNED, STEP_EXIT, STEP_SIGNAL, Steps } from './steps.js';
import { MAIN, type TaskRun } from './task-run.js';
import type { Texts } from './texts.js';

/** A task that got on for longer than this behaved otherwise, unless it only went round a loop. */
const MOST_STEPS = 10;

/** exit, exit_group */
const ENDS: ReadonlySet<number> = new Set([60, 231]);
const SYS_FUTEX = 202;

const NO_STEPS = new Steps();

interface Side {
  readonly run: TaskRun;
  readonly steps: Steps;
  /** Where its steps are over, its end left out. */
  readonly end: number;
  /** From here to the end no step has an equal one on the other side. */
  readonly tail: number;
}

/** The differences of one part of two tasks, without those that are the last steps of one that was ended earlier. */
export function withoutLastSteps(differences: readonly Difference[], { a, b }: { readonly a: TaskRun; readonly b: TaskRun }, part: string, texts: Texts): readonly Difference[] {
  if (differences.length === 0 || !endedAlike(a, b, texts)) return differences;
  const sides = { a: sideOf(a, part, placesOf(differences, 'a')), b: sideOf(b, part, placesOf(differences, 'b')) };
  const isChance = (wasEndedEarly(sides.a, sides.b, texts) && isLittle(sides.b, part, texts)) || (wasEndedEarly(sides.b, sides.a, texts) && isLittle(sides.a, part, texts));
  if (!isChance) return differences;
  const isInTail = ({ tail, end }: Side, place: StepPlace | undefined): boolean => place === undefined || (place.index >= tail && place.index < end);
  for (const { run, tail, end } of [sides.a, sides.b]) run.facts.folds.count('kills', end - tail);
  return differences.filter((each) => !isInTail(sides.a, each.a) || !isInTail(sides.b, each.b));
}

/** Both ended, with the same status, and not the guest itself, whose end somebody outside may have brought. */
function endedAlike(a: TaskRun, b: TaskRun, texts: Texts): boolean {
  const [endOfA, endOfB] = [endOf(a), endOf(b)];
  return a.facts.parent !== undefined && endOfA !== undefined && endOfB !== undefined && texts.compared(endOfA) === texts.compared(endOfB);
}

/** What came of its last step, the end. */
function endOf({ main }: TaskRun): number | undefined {
  const last = main.length - 1;
  return last >= 0 && main.sort(last) === STEP_EXIT ? main.got(last) : undefined;
}

function placesOf(differences: readonly Difference[], side: 'a' | 'b'): Set<number> {
  return new Set(differences.flatMap(({ kind, [side]: place }) => (place === undefined || kind === 'moved' || kind === 'name' ? [] : [place.index])));
}

function sideOf(run: TaskRun, part: string, differing: ReadonlySet<number>): Side {
  const steps = run.parts.get(part) ?? NO_STEPS;
  const end = part === MAIN ? steps.length - 1 : steps.length;
  let tail = end;
  while (tail > 0 && differing.has(tail - 1)) tail--;
  return { run, steps, end, tail };
}

/** Another task ended it where the other side goes on, at most in the call that comes next there. */
function wasEndedEarly({ run, steps, end, tail }: Side, other: Side, texts: Texts): boolean {
  if (!wasEnded(run, texts) || other.tail === other.end || end - tail > 1) return false;
  if (tail === end) return true;
  const isSameCall = texts.compared(steps.did(tail)) === texts.compared(other.steps.did(other.tail));
  return texts.text(steps.got(tail)) === NOT_RETURNED && (isSameCall || steps.sort(tail) === SYS_FUTEX);
}

/** Not by a call of its own, nor by a fault or a filter that it ran into. */
function wasEnded({ main }: TaskRun, texts: Texts): boolean {
  const before = main.length - 2;
  if (texts.text(main.got(main.length - 1)).includes('SIGSYS')) return false;
  if (before < 0) return true;
  const isFault = main.sort(before) === STEP_SIGNAL && texts.text(main.got(before)) === 'fatal';
  return !isFault && !ENDS.has(main.sort(before));
}

function isLittle({ run, end, tail }: Side, part: string, texts: Texts): boolean {
  const places = Array.from({ length: end - tail }, (_, at): StepPlace => ({ run, part, index: tail + at }));
  return places.length <= MOST_STEPS || areRounds(places, texts);
}

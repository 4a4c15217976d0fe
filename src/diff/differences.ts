/** Single differences between the steps of two tasks, before they are put into an order and into words. */
import type { Steps, Step } from './steps.js';
import type { TaskRun } from './task-run.js';

/**
 * - `outcome`: the same step, other result. `change`: the same call with other arguments.
 * - `only`: a step on one side only. `moved`: the same step at another place.
 * - `name`: the same step about another thing (descriptor, task, mapping).
 */
export type DifferenceKind = 'outcome' | 'change' | 'only' | 'moved' | 'name';

/** Where a step is. */
export interface StepPlace {
  readonly run: TaskRun;
  /** MAIN or a signal's name. */
  readonly part: string;
  readonly index: number;
}

export interface Difference {
  readonly kind: DifferenceKind;
  readonly a?: StepPlace;
  readonly b?: StepPlace;
  /** Where on the other side the step would be; for `only`. */
  readonly beside?: StepPlace;
  /** The side whose outcome the other never has, where the other's is one that both have. */
  readonly news?: 'a' | 'b';
}

export const stepsAt = ({ run, part }: StepPlace): Steps => run.parts.get(part)!;
export const stepAt = (place: StepPlace): Step => stepsAt(place).step(place.index);

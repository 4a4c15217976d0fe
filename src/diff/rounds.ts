/** Steps that only say that a loop went round once more. */
import { stepsAt, type StepPlace } from './differences.js';
import type { Texts } from './texts.js';

/** The same steps stand right before these neighbours, or right behind them. */
export function areRounds(places: readonly StepPlace[], texts: Texts): boolean {
  const first = places[0];
  if (first === undefined) return false;
  const steps = stepsAt(first);
  const isSame = (left: number, right: number): boolean =>
    left >= 0 && right >= 0 && left < steps.length && right < steps.length &&
    texts.compared(steps.did(left)) === texts.compared(steps.did(right)) && texts.compared(steps.got(left)) === texts.compared(steps.got(right));
  const repeatsAt = (distance: number): boolean => places.every(({ index }) => isSame(index, index + distance));
  for (let period = 1; period <= places.length; period++) if (repeatsAt(-period) || repeatsAt(period)) return true;
  return false;
}

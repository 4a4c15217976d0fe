/** Groups of differences that only say that time went by, or that threads took turns in another way. */
import type { StepPlace } from './differences.js';
import { stepAt } from './differences.js';
import type { Folds } from './folds.js';
import type { Group } from './group.js';
import { areRounds } from './rounds.js';
import type { RuleName, Rules } from './rules.js';
import type { Texts } from './texts.js';
import { isTimely } from './timely-calls.js';

const SYS_FUTEX = 202;
/** What a futex call answers as it comes: how many woke, or that the word had changed, or time was over. */
const ORDINARY_FUTEX = /^(\d+|EAGAIN|EINTR|ETIMEDOUT|interrupted|did not return)$/;

/** What the C library asks for, once more where it does not like what it got (mkstemp). */
const MORE_RANDOM = /^getrandom\(_, 8, 0x1\)$/;

interface Folding {
  readonly rules: Rules;
  readonly texts: Texts;
  readonly folds: { readonly a: Folds; readonly b: Folds };
}

/** The groups that are left. What is left out is counted. */
export function foldGroups(groups: readonly Group[], folding: Folding): Group[] {
  return groups.flatMap((group) => withoutChance(group, folding)).filter((group) => !isRound(group, folding));
}

/** Without steps whose number depends on the order of threads, or on what came out at random. */
function withoutChance(group: Group, { rules, texts, folds }: Folding): Group[] {
  if (group.task) return [group];
  const ruleOf = (place: StepPlace): RuleName | undefined => {
    const { sort, did, got } = stepAt(place);
    const outcome = texts.text(got);
    const isOrdinary = sort === SYS_FUTEX && ORDINARY_FUTEX.test(outcome);
    const rule = isOrdinary ? 'locks' : MORE_RANDOM.test(texts.text(did)) ? 'random' : undefined;
    return rule !== undefined && rules.has(rule) ? rule : undefined;
  };
  const left = (places: readonly StepPlace[], side: Folds): StepPlace[] =>
    places.filter((place) => {
      const rule = ruleOf(place);
      if (rule) side.count(rule);
      return rule === undefined;
    });
  if (group.kind !== 'only') return [...group.a, ...group.b].every((place) => ruleOf(place) === 'locks') ? [] : [group];
  const [a, b] = [left(group.a, folds.a), left(group.b, folds.b)];
  return a.length + b.length === 0 ? [] : [{ ...group, a, b }];
}

/** One more round of a loop that waits, or that a timer ends: the same steps stand right before it or right behind it. */
function isRound(group: Group, { rules, texts, folds }: Folding): boolean {
  if (!rules.has('loops') || group.kind !== 'only') return false;
  const [places, side] = group.a.length > 0 ? [group.a, folds.a] : [group.b, folds.b];
  if (!places.some((place) => place.run.ticks > 0 || isTimely(stepAt(place), texts))) return false;
  if (!areRounds(places, texts)) return false;
  side.count('loops', places.length);
  return true;
}

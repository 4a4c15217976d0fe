/** All tasks of two recordings next to each other. */
import { CommonTimes } from './common-times.js';
import { comparePart, partsOf, type PlacePair } from './compare-steps.js';
import type { Difference } from './differences.js';
import { withoutLastSteps } from './last-steps.js';
import type { Recording } from './recording.js';
import type { Rules } from './rules.js';
import { SameNames } from './same-names.js';
import type { TaskRun } from './task-run.js';
import { familyOf, matchTasks, type TaskMatch, type TaskPair } from './task-tree.js';
import type { Texts } from './texts.js';
import { compareVocabulary } from './vocabulary.js';

export interface TasksCompared {
  readonly match: TaskMatch;
  readonly differences: readonly Difference[];
  /** Tasks that were compared by what they do at all. */
  readonly tickDriven: ReadonlySet<TaskRun>;
  readonly times: CommonTimes;
}

interface Sides {
  readonly a: Recording;
  readonly b: Recording;
  readonly texts: Texts;
  readonly rules: Rules;
}

export function compareTasks(sides: Sides): TasksCompared {
  const { a, b, texts, rules } = sides;
  const match = matchTasks(a, b, texts);
  const differences: Difference[] = [];
  const renamed: PlacePair[] = [];
  const identical = new Set<number>();
  const times = new CommonTimes();
  const tickDriven = new Set<TaskRun>();
  for (const pair of match.pairs) {
    if (tickDriven.has(pair.a) || !rules.has('tick-order')) continue;
    const family = { a: familyOf(pair.a, a.tasks), b: familyOf(pair.b, b.tasks) };
    if (!isTickDriven(pair, [...family.a, ...family.b])) continue;
    for (const run of [...family.a, ...family.b]) tickDriven.add(run);
    const compared = compareVocabulary(family, texts);
    differences.push(...compared.differences);
    a.folds.count('varying-text', compared.measured);
    b.folds.count('varying-text', compared.measured);
  }
  for (const pair of match.pairs) {
    if (tickDriven.has(pair.a) || tickDriven.has(pair.b)) continue;
    for (const part of partsOf(pair.a, pair.b)) {
      const compared = comparePart(pair, part, { texts, times });
      const left = rules.has('kills') ? withoutLastSteps(compared.differences, pair, part, texts) : compared.differences;
      for (const each of left) differences.push(each);
      for (const each of compared.renamed) renamed.push(each);
      for (const text of compared.identical) identical.add(text);
    }
  }
  differences.push(...new SameNames(match.pairs, texts, identical).check(renamed));
  return { match, differences, tickDriven, times };
}

/** It traces others and takes timer ticks, or hears of those of its tracees, on either side. */
function isTickDriven({ a, b }: TaskPair, family: readonly TaskRun[]): boolean {
  return (a.isTracer || b.isTracer) && (a.ticks > 0 || b.ticks > 0 || family.some(({ tellsOfTicks }) => tellsOfTicks));
}

/** Differences that belong together become one: runs of calls on one side, and the same thing over and over. */
import type { Difference, DifferenceKind, StepPlace } from './differences.js';
import { stepAt } from './differences.js';
import type { TaskRun } from './task-run.js';
import type { Texts } from './texts.js';

/** Differences that are told as one. */
export interface Group {
  readonly kind: DifferenceKind | 'task';
  readonly a: readonly StepPlace[];
  readonly b: readonly StepPlace[];
  /** Where on the other side a lone step would be. */
  readonly beside?: StepPlace;
  /** The side whose outcome is the new one. */
  readonly news?: 'a' | 'b';
  /** A task that only one side has. */
  readonly task?: { readonly run: TaskRun; readonly side: 'a' | 'b' };
  readonly count: number;
}

/** Steps on one side that stand next to each other. */
export function joinRuns(differences: readonly Difference[]): Group[] {
  const groups: { kind: DifferenceKind; a: StepPlace[]; b: StepPlace[]; beside?: StepPlace; news?: 'a' | 'b'; count: number }[] = [];
  for (const { kind, a, b, beside, news } of differences) {
    const last = groups.at(-1);
    const continues = kind === 'only' && last?.kind === 'only' && follows(last.a, a) && follows(last.b, b);
    if (continues) {
      if (a) last.a.push(a);
      if (b) last.b.push(b);
    } else {
      groups.push({ kind, a: a ? [a] : [], b: b ? [b] : [], count: 1, ...(beside && { beside }), ...(news && { news }) });
    }
  }
  return groups;
}

function follows(places: readonly StepPlace[], next: StepPlace | undefined): boolean {
  const last = places.at(-1);
  if (last === undefined || next === undefined) return last === next;
  return last.run === next.run && last.part === next.part && last.index + 1 === next.index;
}

/** Groups that say the same become the first of them, counted. */
export function joinRepeated(groups: readonly Group[], texts: Texts): Group[] {
  const firsts = new Map<string, { group: Group; count: number }>();
  for (const group of groups) {
    const key = [group.kind, group.task?.side ?? '', group.task?.run.facts.program ?? '', ...sayings(group.a, texts), '|', ...sayings(group.b, texts)].join('\n');
    const first = firsts.get(key);
    if (first) first.count += group.count;
    else firsts.set(key, { group, count: group.count });
  }
  return [...firsts.values()].map(({ group, count }) => ({ ...group, count }));
}

function sayings(places: readonly StepPlace[], texts: Texts): string[] {
  return places.map((place) => {
    const { did, got } = stepAt(place);
    return `${texts.compared(did)} ${texts.compared(got)}`;
  });
}

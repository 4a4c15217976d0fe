/** Differences into a report: grouped, folded, put into order and into words. */
import { findCauses, type Caused } from './causes.js';
import { descriptionOf } from './describe-finding.js';
import type { CommonTimes } from './common-times.js';
import type { Difference } from './differences.js';
import { stepAt, type StepPlace } from './differences.js';
import { isMinor, isRefusal, kindOf, subjectOf } from './describe.js';
import type { Finding, FindingKind } from './finding.js';
import { foldGroups } from './fold-groups.js';
import { joinRepeated, joinRuns, type Group } from './group.js';
import type { Recording } from './recording.js';
import type { RuleName, Rules } from './rules.js';
import type { TaskMatch } from './task-tree.js';
import type { Texts } from './texts.js';

export interface Reporting {
  readonly a: Recording;
  readonly b: Recording;
  readonly texts: Texts;
  readonly rules: Rules;
  /** Names of system calls and signals that do not count. */
  readonly ignoredCalls: ReadonlySet<string>;
  readonly times: CommonTimes;
  /** Steps before a finding. */
  readonly context: number;
}

/** The findings, most telling first. */
export function findingsOf(differences: readonly Difference[], match: TaskMatch, reporting: Reporting): Finding[] {
  const { a, b, texts, rules } = reporting;
  const groups = joinRuns(differences);
  const folded = foldGroups(groups, { rules, texts, folds: { a: a.folds, b: b.folds } });
  const wanted = [...lonelyTasks(match), ...folded].filter((group) => !isBehindEnd(group, reporting) && !isIgnored(group, reporting));
  const all = joinRepeated(wanted, texts);
  const inTime = all
    .map((group) => ({ group, time: timeOf(group, reporting), isRefusal: isRefusal(group, texts) }))
    // What comes at once with a refusal comes of it.
    .sort((left, right) => left.time - right.time || Number(right.isRefusal) - Number(left.isRefusal));
  const caused = findCauses(inTime.map(({ group }) => group), texts, reporting.times);
  return ordered(caused, texts).map((tree) => descriptionOf(tree, inTime[0]!.group, reporting));
}

/** What one side does behind the end of the other, which was cut short. */
function isBehindEnd({ kind, a, b, beside, task }: Group, { a: recordingA, b: recordingB, times }: Reporting): boolean {
  if (task?.side === 'a') return !recordingB.complete && task.run.facts.born >= times.inA(recordingB.events);
  if (task?.side === 'b') return !recordingA.complete && times.inA(task.run.facts.born) >= recordingA.events;
  if (kind !== 'only' || !beside) return false;
  const other = a.length > 0 ? recordingB : recordingA;
  const length = beside.run.parts.get(beside.part)?.length ?? 0;
  return !other.complete && b.length + a.length > 0 && beside.index >= length;
}

/** The rule that leaves out a kind of finding as a whole. */
const RULE_OF_KIND: Readonly<Partial<Record<FindingKind, RuleName>>> = {
  mapping: 'addresses',
  signal: 'signals',
  ptrace: 'ptrace',
  result: 'results',
  written: 'written-bytes',
  task: 'tasks',
  exit: 'exit-status',
};

function isIgnored(group: Group, { a, b, rules, texts, ignoredCalls }: Reporting): boolean {
  const rule = RULE_OF_KIND[kindOf(group)];
  if (rule !== undefined && rules.has(rule)) {
    a.folds.count(rule, Math.max(group.a.length, group.task?.side === 'a' ? 1 : 0));
    b.folds.count(rule, Math.max(group.b.length, group.task?.side === 'b' ? 1 : 0));
    return true;
  }
  return ignoredCalls.has(subjectOf(group, texts));
}

function lonelyTasks({ onlyA, onlyB }: TaskMatch): Group[] {
  const group = (side: 'a' | 'b') => (run: TaskMatch['onlyA'][number]): Group => ({ kind: 'task', a: [], b: [], count: 1, task: { run, side } });
  return [...onlyA.map(group('a')), ...onlyB.map(group('b'))];
}

/** A cause with all that comes of it. */
export interface FindingTree {
  readonly group: Group;
  readonly consequences: readonly Caused[];
}

function ordered(caused: readonly Caused[], texts: Texts): FindingTree[] {
  const consequences = new Map<Group, Caused[]>();
  for (const each of caused) {
    if (each.cause) consequences.set(each.cause.of, [...(consequences.get(each.cause.of) ?? []), each]);
  }
  const trees = caused.filter(({ cause }) => !cause).map(({ group }): FindingTree => ({ group, consequences: consequences.get(group) ?? [] }));
  const weight = ({ group: root, consequences: rest }: FindingTree): number => {
    const groups = [root, ...rest.map(({ group }) => group)];
    if (groups.some((group) => isRefusal(group, texts))) return 0;
    return groups.every((group) => isMinor(group, texts)) ? 2 : 1;
  };
  // The sort is stable: within a weight they stay in order of time.
  return trees.map((tree) => ({ tree, weight: weight(tree) })).sort((left, right) => left.weight - right.weight).map(({ tree }) => tree);
}

/** When it happened, in events of A. */
function timeOf({ kind, a, b, beside, news, task }: Group, { times }: Reporting): number {
  const eventOf = (place: StepPlace | undefined): number | undefined => {
    if (!place) return undefined;
    const steps = place.run.parts.get(place.part);
    if (!steps || steps.length === 0) return undefined;
    const { event } = stepAt({ ...place, index: Math.min(place.index, steps.length - 1) });
    return event;
  };
  // A task comes of the call that made it.
  if (task) return (task.side === 'a' ? task.run.facts.born : times.inA(task.run.facts.born)) + 0.25;
  if (news === 'b') return times.inA(eventOf(b[0]) ?? 0);
  const inA = eventOf(a[0]);
  // Of two calls that stand for each other the later one tells what was known by then.
  if (inA !== undefined && kind === 'change') return Math.max(inA, times.inA(eventOf(b[0]) ?? 0));
  // Of two outcomes of one call the earlier one is the news.
  if (inA !== undefined && kind === 'outcome' && b[0]) return Math.min(inA, times.inA(eventOf(b[0]) ?? inA));
  if (inA !== undefined) return inA;
  // In B only: right before the step of A that it stands beside.
  const besideEvent = eventOf(beside);
  return besideEvent === undefined ? times.inA(eventOf(b[0]) ?? 0) : besideEvent - 0.5;
}

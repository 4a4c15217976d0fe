/** A group of differences in words. */
import { basename } from 'node:path';
import { rowOf, syscallName } from '../syscalls/index.js';
import { isWrite } from './data-use.js';
import { stepAt, type StepPlace } from './differences.js';
import type { FindingKind, FoundStep } from './finding.js';
import type { Group } from './group.js';
import { readable } from './marks.js';
import { STEP_EXIT, STEP_RESUME, STEP_SIGNAL, type Step } from './steps.js';
import type { TaskRun } from './task-run.js';
import type { Texts } from './texts.js';

const SYS_PTRACE = 101;

export const nameOf = ({ facts }: TaskRun): string => (facts.program === undefined ? `${facts.task}` : `${facts.task}(${basename(facts.program)})`);

/** The step of a place, in words. */
export function foundStep(place: StepPlace, texts: Texts): FoundStep {
  const { did, got, event } = stepAt(place);
  return { event, task: place.run.facts.task, who: nameOf(place.run), did: readable(texts.text(did)), got: readable(texts.text(got)) };
}

/** Up to `most` steps before the place. */
export function stepsBefore(place: StepPlace | undefined, most: number, texts: Texts): FoundStep[] {
  const steps = place?.run.parts.get(place.part);
  if (!place || !steps) return [];
  const from = Math.max(0, place.index - most);
  const end = Math.min(place.index, steps.length);
  return Array.from({ length: Math.max(0, end - from) }, (_, at) => foundStep({ ...place, index: from + at }, texts));
}

/** The step that a group is about first, and how many more there are. */
const leading = (group: Group): StepPlace => (group.a[0] ?? group.b[0])!;

/** Name of the call or signal. */
export function subjectOf(group: Group, texts: Texts): string {
  if (group.task) return 'task';
  const { sort, did } = stepAt(leading(group));
  if (sort >= 0) return syscallName(sort);
  if (sort === STEP_EXIT) return 'exit';
  return sort === STEP_RESUME ? 'resume' : texts.text(did).split(' ')[0]!;
}

export function kindOf(group: Group): FindingKind {
  if (group.task) return 'task';
  const place = leading(group);
  const { sort } = stepAt(place);
  if (sort === STEP_SIGNAL) return 'signal';
  if (sort === STEP_EXIT) return 'exit';
  if (sort === SYS_PTRACE || sort === STEP_RESUME) return 'ptrace';
  if (rowOf(sort)?.handling === 'mapping') return 'mapping';
  if (isWrite(sort) && group.kind !== 'outcome') return 'written';
  if (group.kind === 'only') return group.a.length > 0 ? 'only-a' : 'only-b';
  return KINDS[group.kind];
}

const KINDS: Readonly<Record<Exclude<Group['kind'], 'only'>, FindingKind>> = {
  outcome: 'result',
  change: 'arguments',
  moved: 'order',
  name: 'reference',
  task: 'task',
};

/** Errors weigh more than values, which differ between hosts for many reasons. */
export function isMinor(group: Group, texts: Texts): boolean {
  if (group.kind !== 'outcome' || group.task) return false;
  const isValue = ({ sort, got }: Step): boolean => sort >= 0 && sort !== SYS_PTRACE && !ERROR.test(texts.text(got));
  return [...group.a, ...group.b].every((place) => isValue(stepAt(place)));
}

/** The host refuses on one side what it does on the other, or refuses it for another reason. */
export function isRefusal(group: Group, texts: Texts): boolean {
  return group.kind === 'outcome' && group.task === undefined && !isMinor(group, texts) && [group.a[0], group.b[0]].some((place) => place && ERROR.test(texts.text(stepAt(place).got)));
}

const ERROR = /^E[A-Z0-9]+$/;

/** One line: what, and what is different about it. */
export function headlineOf(group: Group, texts: Texts): string {
  const times = group.count > 1 ? ` (${group.count} times)` : '';
  return HEADLINES[group.kind](group, texts) + times;
}

const did = (place: StepPlace, texts: Texts): string => readable(texts.text(stepAt(place).did));
const got = (place: StepPlace, texts: Texts): string => readable(texts.text(stepAt(place).got)) || 'nothing';

const HEADLINES: Readonly<Record<Group['kind'], (group: Group, texts: Texts) => string>> = {
  outcome: ({ a, b }, texts) => `${did(a[0]!, texts)}: ${differing(got(a[0]!, texts), got(b[0]!, texts))}`,
  change: ({ a, b }, texts) => `${did(a[0]!, texts)} in A, ${did(b[0]!, texts)} in B`,
  only({ a, b }, texts) {
    const [side, places] = a.length > 0 ? ['A', a] : ['B', b];
    const more = places.length > 1 ? ` and ${places.length - 1} more` : '';
    return `only in ${side}: ${did(places[0]!, texts)} = ${got(places[0]!, texts)}${more}`;
  },
  moved: ({ a }, texts) => `${did(a[0]!, texts)} comes at another place`,
  name: ({ a, b }, texts) => `${did(a[0]!, texts)} = ${got(a[0]!, texts)} in A, about another one in B: ${did(b[0]!, texts)} = ${got(b[0]!, texts)}`,
  task: ({ task }) => `only in ${task!.side.toUpperCase()}: task ${nameOf(task!.run)}`,
};

/** Of two long texts, from where they differ. */
function differing(a: string, b: string): string {
  if (a.length + b.length < 160) return `${a} in A, ${b} in B`;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  start = Math.max(0, a.lastIndexOf(' ', start) + 1);
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const part = (text: string): string => text.slice(start, Math.min(text.length, text.length - end + 1)).slice(0, 120) || 'nothing';
  return `${part(a)} in A, ${part(b)} in B`;
}

/** How many steps of a run its key names. */
const NAMED_IN_KEY = 3;

/** The group in words without numbers of tasks, descriptors, events or addresses. */
export function keyOf(group: Group, texts: Texts): string {
  const program = basename((group.task?.run ?? leading(group).run).facts.program ?? '');
  if (group.task) return `task ${program}: only in ${group.task.side.toUpperCase()}`;
  const words = (number: number): string => readable(texts.text(texts.comparedLoosely(number)));
  const say = (place: StepPlace): string => {
    const step = stepAt(place);
    const outcome = words(step.got);
    return outcome === '' ? words(step.did) : `${words(step.did)} = ${outcome}`;
  };
  const side = (places: readonly StepPlace[]): string => {
    const more = places.length > NAMED_IN_KEY ? ` and ${places.length - NAMED_IN_KEY} more` : '';
    return places.length === 0 ? 'nothing' : places.slice(0, NAMED_IN_KEY).map(say).join('; ') + more;
  };
  return `${kindOf(group)} ${program}: A ${side(group.a)} | B ${side(group.b)}`;
}

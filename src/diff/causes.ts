/** Which finding comes of which: only as far as the traces show it. */
import type { StepPlace } from './differences.js';
import { stepAt } from './differences.js';
import { isWrite } from './data-use.js';
import { isMinor } from './describe.js';
import { rowOf } from '../syscalls/index.js';
import type { CommonTimes } from './common-times.js';
import type { Consequence } from './finding.js';
import type { Group } from './group.js';
import { namesIn } from './marks.js';
import { STEP_EXIT } from './steps.js';
import type { TaskRun } from './task-run.js';
import type { Texts } from './texts.js';

export type Because = Consequence['because'];

/** A group, what it comes of, and why that can be seen. */
export interface Caused {
  readonly group: Group;
  readonly cause?: { readonly of: Group; readonly because: Because };
}

/** So many steps that are the same may lie between a cause and what follows at once. */
const AT_ONCE = 12;

/** Finds the cause of each group among those before it; the groups are in order of time. */
export function findCauses(groups: readonly Group[], texts: Texts, times: CommonTimes): Caused[] {
  const search = new CauseSearch(texts, times);
  return groups.map((group) => {
    const cause = search.causeOf(group);
    search.add(group);
    return { group, ...(cause && { cause }) };
  });
}

class CauseSearch {
  private readonly roots = new Map<Group, Group>();
  /** The last group of each task's part, and of each task that is not about what it wrote; the first one of each thing and event. */
  private readonly lastOf = new Map<string, Group>();
  private readonly lastOfTask = new Map<TaskRun, Group>();
  private readonly firstOfThing = new Map<string, Group>();
  private readonly firstOfEvent = new Map<string, Group>();
  private readonly lonelyTasks = new Map<TaskRun, Group>();

  /** Tasks that ended sooner on the other side, with the difference between their ends. */
  private readonly outlived = new Map<TaskRun, Group>();

  constructor(
    private readonly texts: Texts,
    private readonly times: CommonTimes,
  ) {}

  causeOf(group: Group): { of: Group; because: Because } | undefined {
    const found = this.search(group);
    if (!found) return undefined;
    const of = this.roots.get(found.of) ?? found.of;
    // A value that differs a little explains no refusal, and nothing else that weighs more.
    if (!group.task && !of.task && isMinor(of, this.texts) && !isMinor(group, this.texts)) return undefined;
    this.roots.set(group, of);
    return { ...found, of };
  }

  add(group: Group): void {
    if (group.task) this.lonelyTasks.set(group.task.run, group);
    this.noteEnd(group);
    for (const place of [...group.a, ...group.b]) {
      this.lastOf.set(partKey(place), group);
      if (!isWritten(group)) this.lastOfTask.set(place.run, group);
      this.firstOfEvent.set(`${group.a.includes(place) ? 'a' : 'b'} ${stepAt(place).event}`, group);
    }
    for (const thing of thingsOf(group, this.texts)) if (!this.firstOfThing.has(thing)) this.firstOfThing.set(thing, group);
  }

  /** What a task did when it had ended on the other side already, where it ended otherwise. */
  private noteEnd(group: Group): void {
    const [inA, inB] = [group.a[0], group.b[0]];
    if (group.kind !== 'outcome' || !inA || !inB || stepAt(inA).sort !== STEP_EXIT) return;
    const endedInB = this.times.inA(stepAt(inB).event) < stepAt(inA).event;
    this.outlived.set(endedInB ? inA.run : inB.run, group);
  }

  /** With a guest's first task all of it is over. */
  private search(group: Group): { of: Group; because: Because } | undefined {
    if (group.kind === 'only' || group.task) {
      const places = group.task ? [group.task.run] : [...group.a, ...group.b].map(({ run }) => run);
      const side = group.task?.side ?? (group.a.length > 0 ? 'a' : 'b');
      for (const [run, end] of this.outlived) {
        const isSide = (side === 'a' ? end.a : end.b).some((place) => place.run === run);
        if (isSide && (run.facts.parent === undefined || places.includes(run))) return { of: end, because: 'end of the task' };
      }
    }
    return this.searchOwn(group);
  }

  private searchOwn(group: Group): { of: Group; because: Because } | undefined {
    if (group.task) {
      const made = this.firstOfEvent.get(`${group.task.side} ${group.task.run.facts.born}`);
      return made && { of: made, because: 'its task' };
    }
    const places = [...group.a, ...group.b];
    for (const place of places) {
      const lonely = this.lonelyTasks.get(place.run);
      if (lonely) return { of: lonely, because: 'its task' };
    }
    for (const place of [group.a[0], group.b[0]]) {
      const before = place && this.lastOf.get(partKey(place));
      if (before && distance(before, place!) <= AT_ONCE) return { of: before, because: 'follows at once' };
    }
    for (const thing of thingsOf(group, this.texts)) {
      const other = this.firstOfThing.get(thing);
      if (other) return { of: other, because: 'same thing' };
    }
    const { run } = places[0]!;
    const last = this.lastOfTask.get(run);
    if (!last) return undefined;
    const { sort } = stepAt(places[0]!);
    if (sort === STEP_EXIT) return { of: last, because: 'end of the task' };
    return isWrite(sort) && group.kind !== 'outcome' ? { of: last, because: 'written afterwards' } : undefined;
  }
}

const partKey = ({ run, part, index }: StepPlace): string => `${run.facts.born} ${run.facts.task} ${part} ${index >= 0}`;

const isWritten = (group: Group): boolean => {
  const place = group.a[0] ?? group.b[0];
  return place !== undefined && isWrite(stepAt(place).sort);
};

/** Steps between a group and a later place of the same part. */
function distance(group: Group, { run, part, index }: StepPlace): number {
  const same = [...group.a, ...group.b].filter((place) => place.run === run && place.part === part);
  const last = Math.max(...same.map((place) => place.index));
  return same.length === 0 || last > index ? Infinity : index - last;
}

/** Descriptors, files and regions that the steps name. */
function thingsOf({ a, b }: Group, texts: Texts): Set<string> {
  const things = new Set<string>();
  const note = (place: StepPlace | undefined, side: string): void => {
    if (!place) return;
    const { did, got, sort } = stepAt(place);
    const text = `${texts.text(did)} ${texts.text(got)}`;
    for (const [thing] of text.matchAll(THINGS)) if (!STANDARD.has(thing)) things.add(thing);
    if (rowOf(sort)?.handling === 'mapping') for (const region of regionsIn(text)) things.add(region);
    for (const name of namesIn(text)) if (name.startsWith('task#') && name !== FIRST_TASK) things.add(`${side} ${name}`);
    if (ENDS.has(sort)) things.add(`${side} task#${place.run.facts.task}`);
  };
  note(a[0], 'a');
  note(b[0], 'b');
  return things;
}

/** Everything is about the first task somehow. */
const FIRST_TASK = 'task#1';
/** exit, exit_group. */
const ENDS: ReadonlySet<number> = new Set([60, 231, STEP_EXIT]);

/** The region of the first argument, and the name of a mapped file. */
function regionsIn(text: string): string[] {
  const region = /\(([^,+<>\x01-\x06]+)[,+\x05]/.exec(text)?.[1];
  const file = /<(?:[^<>]*\/)?([^<>/]+)>/.exec(text)?.[1];
  return [region, file].filter((name) => name !== undefined && /\.\w/.test(name)) as string[];
}

const THINGS = /<[^<>]+>/g;
const STANDARD: ReadonlySet<string> = new Set(['<stdin>', '<stdout>', '<stderr>']);

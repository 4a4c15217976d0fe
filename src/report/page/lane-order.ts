/** The tasks as a tree, in the order in which the lanes stand. */
import type { TaskData } from '../report-data.js';
import type { Axis, Range } from './timeline-scale.js';

export interface Lane {
  readonly task: TaskData;
  readonly depth: number;
  readonly children: number;
}

/** Children of a folded task are left out. */
export function lanesOf(tasks: readonly TaskData[], folded: ReadonlySet<number>): Lane[] {
  const known = new Set(tasks.map(({ task }) => task));
  const children = new Map<number | undefined, TaskData[]>();
  for (const task of tasks) {
    const parent = task.parent !== undefined && known.has(task.parent) ? task.parent : undefined;
    const siblings = children.get(parent);
    if (siblings) siblings.push(task);
    else children.set(parent, [task]);
  }
  const lanes: Lane[] = [];
  // Without recursion: a chain of forks can be long.
  const waiting = (children.get(undefined) ?? []).map((task) => ({ task, depth: 0 })).reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { task, depth } = next;
    const own = children.get(task.task) ?? [];
    lanes.push({ task, depth, children: own.length });
    if (!folded.has(task.task)) waiting.push(...own.map((child) => ({ task: child, depth: depth + 1 })).reverse());
  }
  return lanes;
}

/** Where a task begins and ends on the axis; it may have no end. */
export function lifeOf({ born, bornTime, exit }: TaskData, axis: Axis): Range {
  return axis === 'time' ? { from: bornTime, to: exit?.time ?? Infinity } : { from: born, to: exit?.event ?? Infinity };
}

export const livesIn = (task: TaskData, range: Range, axis: Axis): boolean => {
  const { from, to } = lifeOf(task, axis);
  return from <= range.to && to >= range.from;
};

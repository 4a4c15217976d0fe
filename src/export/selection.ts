/** Which events of a trace are exported. */
import { eventIndex, type EventIndex, type TaskId } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import type { OpenTrace } from '../diff/open-trace.js';

export interface SelectionOptions {
  /** Numbers of tasks; all without it. */
  readonly tasks?: readonly number[] | undefined;
  /** First event, from 1. */
  readonly from?: number | undefined;
  /** Last event. */
  readonly to?: number | undefined;
}

export interface Selection {
  readonly from: EventIndex;
  readonly to: EventIndex;
  hasTask(task: TaskId): boolean;
}

/** Throws Trouble('usage') for what makes no sense. */
export function selectionOf(trace: OpenTrace, { tasks = [], from, to }: SelectionOptions): Selection {
  for (const [option, value] of [['from', from], ['to', to], ...tasks.map((task) => ['task', task] as const)] as const) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) throw new Trouble('usage', `export: --${option} takes a number from 1 on`);
  }
  if (from !== undefined && to !== undefined && from > to) throw new Trouble('usage', `export: --from ${from} is behind --to ${to}; swap them`);
  if (from !== undefined && from > trace.eventCount) throw new Trouble('usage', `export: the trace has no event ${from}; its last is ${trace.eventCount}`);
  const known = new Set<number>(trace.tasks().map(({ task }) => task));
  const unknown = tasks.find((task) => !known.has(task));
  if (unknown !== undefined) throw new Trouble('usage', `export: the trace has no task ${unknown}; portrace info lists its tasks`);
  const chosen = new Set<number>(tasks);
  return {
    from: eventIndex(from ?? 1),
    to: eventIndex(to ?? Math.max(1, trace.eventCount)),
    hasTask: (task) => chosen.size === 0 || chosen.has(task),
  };
}

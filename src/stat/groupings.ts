/** What calls are counted by. */
import type { TaskId } from '../base/brands.js';
import type { Descriptors } from '../mappings/index.js';
import { errnoName, syscallName } from '../syscalls/index.js';
import type { TraceEvent } from '../trace/events.js';
import { fileOfCall } from './file-of-call.js';
import { Phases } from './phases.js';
import { add, noCalls, type Tally } from './tally.js';

export type StatBy = 'call' | 'task' | 'file' | 'errno' | 'phase';

export const STAT_BY: readonly StatBy[] = ['call', 'task', 'file', 'errno', 'phase'];

/** A call that returned, or of which it is known that it never does. */
export interface EndedCall {
  readonly number: number;
  readonly task: TaskId;
  /** What `entry` said of its first event. */
  readonly entry: string;
  /** Absent where it did not return. */
  readonly result?: number;
  /** Its first event. */
  readonly begun: TraceEvent;
  /** Its last event; the same where it returned at once. */
  readonly event: TraceEvent;
}

/** One line of a table. */
export interface StatRow extends Tally {
  readonly name: string;
  /** Phases: nanoseconds from its beginning to its end. */
  readonly elapsed?: number;
}

export interface CallObserver {
  /** What has to be known before the call changes it. */
  entry(event: TraceEvent): string;
  /** The call ended; the tally is of it alone. */
  add(call: EndedCall, tally: Tally): void;
}

export interface Grouping extends CallObserver {
  /** `end`: time of the last event. */
  rows(end: number): StatRow[];
}

/** What a grouping may look at. */
export interface StatState {
  readonly descriptors: Descriptors;
  readonly taskNames: ReadonlyMap<TaskId, string>;
}

export function groupingBy(by: StatBy, { descriptors, taskNames }: StatState): Grouping {
  switch (by) {
    case 'call':
      return new ByName(({ number }) => syscallName(number));
    case 'task':
      return new ByName(({ task }) => taskNames.get(task) ?? `${task}`);
    case 'errno':
      return new ByName(({ result }) => (isError(result) ? errnoName(-result!) : undefined));
    case 'file':
      return new ByName(({ entry }) => entry, (event) => fileOfCall(event, descriptors));
    case 'phase':
      return new Phases(descriptors);
  }
}

/** The range of results that are errors (include/linux/err.h). */
const MAX_ERRNO = 4095;

export const isError = (result: number | undefined): boolean => result !== undefined && result < 0 && result >= -MAX_ERRNO;

/** Calls by a name that each has; calls without one are left out. */
class ByName implements Grouping {
  private readonly tallies = new Map<string, ReturnType<typeof noCalls>>();

  constructor(
    private readonly nameOf: (call: EndedCall) => string | undefined,
    readonly entry: (event: TraceEvent) => string = () => '',
  ) {}

  add(call: EndedCall, tally: Tally): void {
    const name = this.nameOf(call);
    if (name === undefined) return;
    let known = this.tallies.get(name);
    if (known === undefined) this.tallies.set(name, (known = noCalls()));
    add(known, tally);
  }

  /** As strace -c sorts them. */
  rows(): StatRow[] {
    const rows = [...this.tallies].map(([name, tally]) => ({ name, ...tally }));
    return rows.sort((a, b) => b.time - a.time || b.calls - a.calls || (a.name < b.name ? -1 : 1));
  }
}

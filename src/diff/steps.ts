/** What one task did, in order: canonical calls, signals and its end. */

/** What sort of step it is; a system call is its number, 0 and more. */
export const STEP_SIGNAL = -1;
export const STEP_RESUME = -2;
export const STEP_EXIT = -3;

/** What came of a call in which its task ended. */
export const NOT_RETURNED = 'did not return';

/** A list that grows, without boxing its numbers. */
class Numbers {
  private values: Int32Array;
  length: number;

  constructor(values: Int32Array = new Int32Array(0)) {
    this.values = values;
    this.length = values.length;
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const more = new Int32Array(Math.max(64, this.length * 2));
      more.set(this.values);
      this.values = more;
    }
    this.values[this.length++] = value;
  }

  at(index: number): number {
    return this.values[index]!;
  }

  /** A copy of what there is. */
  toArray(): Int32Array {
    return this.values.slice(0, this.length);
  }

  cut(length: number): void {
    this.length = length;
  }
}

export interface Step {
  /** Text of what the task did: the call with what it read, the signal. */
  readonly did: number;
  /** Text of what came of it: the result with what the call wrote, what became of the signal. */
  readonly got: number;
  /** Number of the system call, or one of the constants above. */
  readonly sort: number;
  /** The event where it ended. */
  readonly event: number;
}

/** A sequence of steps, member by member. */
export interface StepColumns {
  readonly dids: Int32Array;
  readonly gots: Int32Array;
  readonly sorts: Int32Array;
  readonly events: Int32Array;
}

/** A sequence of steps. */
export class Steps {
  private readonly dids: Numbers;
  private readonly gots: Numbers;
  private readonly sorts: Numbers;
  private readonly events: Numbers;

  constructor(columns?: StepColumns) {
    this.dids = new Numbers(columns?.dids);
    this.gots = new Numbers(columns?.gots);
    this.sorts = new Numbers(columns?.sorts);
    this.events = new Numbers(columns?.events);
  }

  columns(): StepColumns {
    return { dids: this.dids.toArray(), gots: this.gots.toArray(), sorts: this.sorts.toArray(), events: this.events.toArray() };
  }

  get length(): number {
    return this.dids.length;
  }

  push({ did, got, sort, event }: Step): void {
    this.dids.push(did);
    this.gots.push(got);
    this.sorts.push(sort);
    this.events.push(event);
  }

  did(index: number): number {
    return this.dids.at(index);
  }

  got(index: number): number {
    return this.gots.at(index);
  }

  sort(index: number): number {
    return this.sorts.at(index);
  }

  event(index: number): number {
    return this.events.at(index);
  }

  step(index: number): Step {
    return { did: this.did(index), got: this.got(index), sort: this.sort(index), event: this.event(index) };
  }

  /** Forgets all steps from the index on and gives them back. */
  takeFrom(index: number): Step[] {
    const taken: Step[] = [];
    for (let at = index; at < this.length; at++) taken.push(this.step(at));
    for (const list of [this.dids, this.gots, this.sorts, this.events]) list.cut(index);
    return taken;
  }
}

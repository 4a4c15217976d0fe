/** The replayed guest did something else than the trace says. */
import type { Registers } from '../base/registers.js';
import type { TraceEvent } from '../trace/events.js';

export interface Difference {
  /** Register name, or what else was compared. */
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

export interface Divergence {
  readonly event: TraceEvent;
  /** One sentence: what kind of difference. */
  readonly reason: string;
  readonly differences: readonly Difference[];
  /** The events before it, oldest first. */
  readonly before: readonly TraceEvent[];
  /** The task's registers where it stopped, if it did. */
  readonly registers?: Registers;
}

/** Thrown inside the replayer; `replay` answers it as its result. */
export class Diverged extends Error {
  override readonly name = 'Diverged';

  constructor(
    readonly reason: string,
    readonly differences: readonly Difference[],
    readonly registers?: Registers,
  ) {
    super(reason);
  }
}

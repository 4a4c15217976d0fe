/** What is counted of system calls. */
import type { Mutable } from '../base/mutable.js';

export interface Tally {
  readonly calls: number;
  /** Calls that returned an error. */
  readonly errors: number;
  /** Calls that did not return: the trace or the task ended before, or a guest tracer answered them. */
  readonly unreturned: number;
  /** Calls whose time is known. */
  readonly timed: number;
  /** Nanoseconds that these took at most. */
  readonly time: number;
  /** Those of them that are timed from their own entry. */
  readonly entered: number;
  /** Nanoseconds that these took at most. */
  readonly enteredTime: number;
  /** Bytes that the calls brought in by descriptors. */
  readonly bytesRead: number;
  /** Bytes that the calls put out by descriptors. */
  readonly bytesWritten: number;
  /** Bytes of address space that the calls mapped. */
  readonly bytesMapped: number;
  /** Bytes of address space that the calls unmapped. */
  readonly bytesUnmapped: number;
}

const NOTHING: Tally = {
  calls: 0,
  errors: 0,
  unreturned: 0,
  timed: 0,
  time: 0,
  entered: 0,
  enteredTime: 0,
  bytesRead: 0,
  bytesWritten: 0,
  bytesMapped: 0,
  bytesUnmapped: 0,
};

const MEMBERS = Object.keys(NOTHING) as (keyof Tally)[];

export const noCalls = (): Mutable<Tally> => ({ ...NOTHING });

export function add(to: Mutable<Tally>, tally: Tally): void {
  for (const member of MEMBERS) to[member] += tally[member];
}

/** When memory is digested behind a call, for those who verify memory. */
import { milliseconds } from '../tracee/index.js';

/** Events between two digests, and their greatest share of the recording's time, where nobody says otherwise. */
const EVERY = 500;
const SHARE = 0.02;
/** The part of that distance after which it is tried again where memory was not fit to be looked at. */
const AGAIN = 1 / 32;

export class DigestPace {
  private next: number;
  /** Milliseconds. */
  private spent = 0;
  private readonly startedAt = milliseconds();

  /** `every`: as many events apart, however long they take. */
  constructor(private readonly every?: number) {
    this.next = every ?? EVERY;
  }

  isDue(events: number): boolean {
    return events >= this.next;
  }

  /** Not now. */
  putOff(events: number): void {
    this.next = events + Math.ceil((this.every ?? EVERY) * AGAIN);
  }

  /** Does the work for a digest, unless it takes too much of the time. */
  take<Result>(events: number, work: () => Result): Result | undefined {
    this.next = events + (this.every ?? EVERY);
    const before = milliseconds();
    if (this.every === undefined && this.spent > (before - this.startedAt) * SHARE) return undefined;
    const result = work();
    this.spent += milliseconds() - before;
    return result;
  }
}

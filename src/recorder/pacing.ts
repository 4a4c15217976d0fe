/**
 * Keeps timers from taking all of a slow guest's time. A guest's timers go by real time, and under record
 * its handlers take many times as long as natively: one that takes longer than its timer's period would be
 * followed by the next at once, for ever. So a timer's signal waits until the guest has gone on for as long
 * as its last handler took. Where handlers are shorter than half of the period, nothing waits.
 */
import { Reg } from '../base/registers.js';
import { addon, Signal } from '../tracee/index.js';
import type { RecordSession } from './session.js';
import { SI_KERNEL } from './siginfo.js';
import type { GuestTask } from './task.js';

const EINTR = 4;
/** siginfo.h: of a POSIX timer. */
const SI_TIMER = -2;
const CODE_AT = 8;

/** Signals of setitimer(2) and alarm(2). Real-time signals are left alone: each of them counts. */
const TIMERS: ReadonlySet<number> = new Set([Signal.SIGALRM, Signal.SIGVTALRM, Signal.SIGPROF]);
const TIMER_MASK = [...TIMERS].reduce((mask, signal) => mask | (1n << BigInt(signal - 1)), 0n);

/** No signal waits longer, whatever the handler did. Milliseconds. */
const LONGEST = 100;

/** A timer's signal that waits, as it came. */
interface PutOff {
  readonly number: number;
  readonly siginfo: Uint8Array;
}

export class Pacing {
  /** When the handler that runs began; performance.now(). */
  private began: number | undefined;
  private quietUntil = 0;
  private waiting: PutOff | undefined;

  /** A handler of a signal begins. */
  handlerBegins(number: number, siginfo: Uint8Array): void {
    if (isTick(number, siginfo)) this.began = performance.now();
  }

  /** A handler returns: of nested ones the innermost. */
  handlerReturns(): void {
    if (this.began === undefined) return;
    const now = performance.now();
    this.quietUntil = now + Math.min(LONGEST, now - this.began);
    this.began = undefined;
  }

  /** Whether a timer's signals wait now. */
  get isQuiet(): boolean {
    return performance.now() < this.quietUntil;
  }

  /** Keeps a signal that comes too early; false where it does not. One that waits already stands for both. */
  putOff(number: number, siginfo: Uint8Array): boolean {
    if (!isTick(number, siginfo) || !this.isQuiet) return false;
    if (this.waiting !== undefined && this.waiting.number !== number) return false;
    this.waiting ??= { number, siginfo };
    return true;
  }

  get hasWaiting(): boolean {
    return this.waiting !== undefined;
  }

  /** The signal that need not wait any longer. */
  takeDue(): PutOff | undefined {
    if (this.waiting === undefined || this.isQuiet) return undefined;
    const due = this.waiting;
    this.waiting = undefined;
    return due;
  }
}

/** Whether only timers' signals are in a mask as /proc/PID/status tells it. */
export const isTimersOnly = (mask: bigint): boolean => (mask & ~TIMER_MASK) === 0n;

function isTick(number: number, siginfo: Uint8Array): boolean {
  if (!TIMERS.has(number)) return false;
  const code = new DataView(siginfo.buffer, siginfo.byteOffset).getInt32(CODE_AT, true);
  return code === SI_TIMER || code === SI_KERNEL;
}

/** Sends what need not wait any longer. Answers whether something waits still. */
export function sendDueSignals(session: RecordSession): boolean {
  for (const task of session.paced) {
    const due = task.pacing.takeDue();
    if (due === undefined) continue;
    session.paced.delete(task);
    task.stash.set(due.number, due.siginfo);
    addon.killTask(task.group, task.tid, due.number);
  }
  return session.paced.size > 0;
}

/** Takes a signal that a task gets too early; false where it is to be delivered now. */
export function putOff(session: RecordSession, task: GuestTask, number: number, siginfo: Uint8Array): boolean {
  // A call that was interrupted has slept: the guest has time. A guest tracer decides on its tracee's signals.
  if (task.tracing || task.restarts || task.last.signed(Reg.rax) === -EINTR || !task.pacing.putOff(number, siginfo)) return false;
  session.paced.add(task);
  return true;
}

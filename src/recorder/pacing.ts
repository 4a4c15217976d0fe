/**
 * Keeps timers from taking all of a slow guest's time. A guest's timers go by real time, and under record
 * its handlers take many times as long as natively: one that takes longer than its timer's period would be
 * followed by the next at once, for ever. Where that happens several times in a row, a timer's signal waits
 * until the guest has gone on for as long as its last handler took. Other guests get their signals at once.
 */
import { Reg } from '../base/registers.js';
import { addon, milliseconds, Signal } from '../tracee/index.js';
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

/** So many ticks in a row must have come too early before one waits. */
const STARVING = 5;

/** No signal waits longer, whatever the handler did. Milliseconds. */
const LONGEST = 100;

/** A timer's signal that waits, as it came. */
interface PutOff {
  readonly number: number;
  readonly siginfo: Uint8Array;
}

export class Pacing {
  /** When the handler that runs began: milliseconds(). */
  private began: number | undefined;
  private quietUntil = 0;
  private waiting: PutOff | undefined;
  /** The next tick to be handled was made to wait. */
  private hasWaited = false;
  private earlyTicks = 0;

  /** A handler of a signal begins. */
  handlerBegins(number: number, siginfo: Uint8Array): void {
    if (!isTick(number, siginfo)) return;
    this.began = milliseconds();
    this.earlyTicks = this.hasWaited || this.began < this.quietUntil ? this.earlyTicks + 1 : 0;
    this.hasWaited = false;
  }

  /** A handler returns: of nested ones the innermost. */
  handlerReturns(): void {
    if (this.began === undefined) return;
    const now = milliseconds();
    this.quietUntil = now + Math.min(LONGEST, now - this.began);
    this.began = undefined;
  }

  /** Whether a timer's signal that is there waits. */
  makesWait(): boolean {
    if (this.earlyTicks < STARVING || milliseconds() >= this.quietUntil) return false;
    this.hasWaited = true;
    return true;
  }

  /** Keeps a signal that comes too early; false where it does not. One that waits already stands for both. */
  putOff(number: number, siginfo: Uint8Array): boolean {
    if (!isTick(number, siginfo) || (this.waiting !== undefined && this.waiting.number !== number) || !this.makesWait()) return false;
    this.waiting ??= { number, siginfo };
    return true;
  }

  get hasWaiting(): boolean {
    return this.waiting !== undefined;
  }

  /** The signal that need not wait any longer. */
  takeDue(): PutOff | undefined {
    if (this.waiting === undefined || milliseconds() < this.quietUntil) return undefined;
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
    const receiver = task.state === 'gone' ? [...session.tasks.values()].find(({ group }) => group === task.group) : task;
    // Its handler would have run before the guest took it away: the signal is not to do anything else.
    if (!receiver?.dispositions.catches(due.number)) continue;
    receiver.stash.set(due.number, due.siginfo);
    addon.killTask(receiver.group, receiver.tid, due.number);
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

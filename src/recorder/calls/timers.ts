/** alarm, setitimer, timer_settime: signals that come by themselves. */
import { Reg } from '../../base/registers.js';
import { finishCall, runCall } from '../calls.js';
import type { Call, GuestTask } from '../task.js';
import type { IrregularCall } from './irregular.js';

const SYS_SETITIMER = 38;
const SYS_TIMER_SETTIME = 223;
/** struct itimerval, struct itimerspec: the interval's seconds and its fraction, then the same of the value. */
const TIMER_SIZE = 32;
const FRACTION_AT = 8;

/**
 * The shortest interval of a timer, in microseconds and nanoseconds. A stop takes some 15 µs: a guest whose next tick is
 * there before it has left the kernel would never make an instruction.
 */
const SHORTEST: ReadonlyMap<number, bigint> = new Map([
  [SYS_SETITIMER, 500n],
  [SYS_TIMER_SETTIME, 500_000n],
]);

/** What a call asks for, where portrace asks the kernel for less. */
interface Slowed {
  readonly at: number;
  readonly asked: Uint8Array;
  readonly given: Uint8Array;
}

function slowed(call: Call): Slowed | undefined {
  const shortest = SHORTEST.get(call.number);
  const at = call.entry.number(call.number === SYS_SETITIMER ? Reg.rsi : Reg.rdx);
  const asked = call.inputs.find(({ address }) => address === at)?.bytes;
  if (shortest === undefined || asked?.length !== TIMER_SIZE) return undefined;
  const given = asked.slice();
  const interval = new DataView(given.buffer);
  const fraction = interval.getBigInt64(FRACTION_AT, true);
  if (interval.getBigInt64(0, true) !== 0n || fraction <= 0n || fraction >= shortest) return undefined;
  interval.setBigInt64(FRACTION_AT, shortest, true);
  return { at, asked, given };
}

/** Puts other bytes where some are, unless the call has written there, too. */
function replace({ tracee }: GuestTask, at: number, { from, to }: { readonly from: Uint8Array; readonly to: Uint8Array }): void {
  if (Buffer.compare(tracee.read(at, from.length), from) === 0) tracee.write(at, to);
}

/**
 * Signals will land among instructions from now on, so that written pages are worth tracking. What was written before
 * the first one is of no interest to their points.
 */
export const timerCall: IrregularCall = {
  enter: (session, task, call) => {
    const change = slowed(call);
    if (change) replace(task, change.at, { from: change.asked, to: change.given });
    runCall(session, task, call);
  },
  leave: ({ session, task, call, result, after }) => {
    const change = slowed(call);
    if (change) replace(task, change.at, { from: change.given, to: change.asked });
    finishCall(session, task, { result, after });
    if (result === 0 && task.state === 'ready' && session.takesPoints && !task.space.tracked) session.writtenPages(task);
  },
};

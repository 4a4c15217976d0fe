/** Signals that come when time has gone by or data has come: include/uapi/asm-generic/siginfo.h, Linux 6.6. */
import type { TraceEvent } from '../trace/events.js';

const SI_TIMER = -2;
const SI_KERNEL = 0x80;
/** SIGALRM, SIGVTALRM, SIGPROF. */
const TIMER_SIGNALS: ReadonlySet<number> = new Set([14, 26, 27]);

const SIGIO = 29;
const FIRST_REAL_TIME = 32;
/** POLL_IN … POLL_HUP. */
const FIRST_READINESS = 1;
const LAST_READINESS = 6;

/** si_code of the siginfo; undefined without one. */
function codeOf({ signal }: TraceEvent): number | undefined {
  if (signal?.siginfo === undefined || signal.siginfo.length < 12) return undefined;
  return new DataView(signal.siginfo.buffer, signal.siginfo.byteOffset).getInt32(8, true);
}

/** A signal that a timer sent. */
export function isTick(event: TraceEvent): boolean {
  const code = codeOf(event);
  return code === SI_TIMER || (code === SI_KERNEL && TIMER_SIGNALS.has(event.signal!.number));
}

/** A signal that tells that a descriptor is ready: fcntl(2), F_SETOWN and F_SETSIG. */
export function isReadiness(event: TraceEvent): boolean {
  const code = codeOf(event);
  if (code === undefined) return false;
  const { number } = event.signal!;
  const isPoll = code >= FIRST_READINESS && code <= LAST_READINESS;
  return number === SIGIO ? isPoll || code === SI_KERNEL : number >= FIRST_REAL_TIME && isPoll;
}

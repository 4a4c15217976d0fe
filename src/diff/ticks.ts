/** Signals that come because time went by: include/uapi/asm-generic/siginfo.h, Linux 6.6. */
import type { TraceEvent } from '../trace/events.js';

const SI_TIMER = -2;
const SI_KERNEL = 0x80;
/** SIGALRM, SIGVTALRM, SIGPROF. */
const TIMER_SIGNALS: ReadonlySet<number> = new Set([14, 26, 27]);

/** A signal that a timer sent. */
export function isTick({ signal }: TraceEvent): boolean {
  if (signal?.siginfo === undefined || signal.siginfo.length < 12) return false;
  const code = new DataView(signal.siginfo.buffer, signal.siginfo.byteOffset).getInt32(8, true);
  return code === SI_TIMER || (code === SI_KERNEL && TIMER_SIGNALS.has(signal.number));
}

/** Signals: kernel/signal.c, arch/x86/kernel/signal.c, Linux 6.6. */
import { reads, writes } from '../argument.js';
import { interruptedCall } from '../choice.js';
import { bytesIn, one } from '../extent.js';
import { processId, size } from '../kinds/numbers.js';
import { maskChange, sigaction, siginfo, signal, signalSet, signalStack } from '../kinds/signals.js';
import { timespec } from '../kinds/time.js';
import { positive } from '../outcome.js';
import type { Family } from '../row.js';

export const SIGNAL_RETURN: Family = { rt_sigreturn: [15, {}] };

export const SIGNALS: Family = {
  rt_sigaction: [13, { signal, action: reads(sigaction), old: writes(sigaction), size }],
  rt_sigprocmask: [14, { how: maskChange, set: reads(signalSet, bytesIn('size')), old: writes(signalSet, bytesIn('size')), size }],
  pause: [34, {}],
  kill: [62, { pid: processId, signal }],
  rt_sigpending: [127, { set: writes(signalSet, bytesIn('size')), size }],
  rt_sigtimedwait: [
    128,
    { set: reads(signalSet, bytesIn('size')), info: writes(siginfo, one, positive), timeout: reads(timespec), size },
    signal,
  ],
  rt_sigqueueinfo: [129, { pid: processId, signal, info: reads(siginfo) }],
  rt_sigsuspend: [130, { mask: reads(signalSet, bytesIn('size')), size }],
  sigaltstack: [131, { stack: reads(signalStack), old: writes(signalStack) }],
  tkill: [200, { tid: processId, signal }],
  // What it writes is what the interrupted call writes: ask that call's row (see outputRanges).
  restart_syscall: [219, { interrupted: interruptedCall }],
  tgkill: [234, { group: processId, tid: processId, signal }],
  rt_tgsigqueueinfo: [297, { group: processId, tid: processId, signal, info: reads(siginfo) }],
};

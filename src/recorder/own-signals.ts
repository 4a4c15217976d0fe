/** Signals that portrace sent: it sends again what it has taken, and SIGCHLD where it stands in for the kernel. */

import { SI_USER } from './siginfo.js';

/** siginfo.h: sent by tgkill. */
const SI_TKILL = -6;
/** Offsets of si_code and si_pid in siginfo_t, sigaction(2). */
const CODE_AT = 8;
const PID_AT = 16;

function sentBy(siginfo: Uint8Array, code: number): boolean {
  const view = new DataView(siginfo.buffer, siginfo.byteOffset);
  return view.getInt32(CODE_AT, true) === code && view.getInt32(PID_AT, true) === process.pid;
}

/** One that was sent again. */
export const isOurs = (siginfo: Uint8Array): boolean => sentBy(siginfo, SI_TKILL);

/** A SIGCHLD that tells a guest tracer of its tracee. */
export const isStandIn = (siginfo: Uint8Array): boolean => sentBy(siginfo, SI_USER);

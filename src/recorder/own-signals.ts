/** Signals that portrace sent: it only sends again what it has taken. */

/** siginfo.h: sent by tgkill. */
const SI_TKILL = -6;
/** Offsets of si_code and si_pid in siginfo_t, sigaction(2). */
const CODE_AT = 8;
const PID_AT = 16;

export function isOurs(siginfo: Uint8Array): boolean {
  const view = new DataView(siginfo.buffer, siginfo.byteOffset);
  return view.getInt32(CODE_AT, true) === SI_TKILL && view.getInt32(PID_AT, true) === process.pid;
}

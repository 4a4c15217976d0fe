/**
 * The members of a siginfo_t that have columns of their own. Layout and codes:
 * include/uapi/asm-generic/siginfo.h, checked against Linux 6.6 on x86-64.
 */
const CODE_AT = 8;
const UNION_AT = 16;

const SIGCHLD = 17;
// SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV
const FAULTS = new Set([4, 5, 7, 8, 11]);

const SI_KERNEL = 0x80;
// SI_USER, SI_QUEUE, SI_MESGQ, SI_TKILL
const FROM_PROCESS = new Set([0, -1, -3, -6]);

export interface SignalOrigin {
  /** si_code */
  readonly code: number;
  /** si_addr, unsigned */
  readonly address?: bigint;
  /** si_pid */
  readonly sender?: number;
}

/** Where a signal came from; absent without a siginfo of at least the members looked at. */
export function siginfoOrigin(siginfo: Uint8Array | undefined): SignalOrigin | undefined {
  if (siginfo === undefined || siginfo.length < UNION_AT + 8) return undefined;
  const view = new DataView(siginfo.buffer, siginfo.byteOffset, siginfo.length);
  const number = view.getInt32(0, true);
  const code = view.getInt32(CODE_AT, true);
  if (FROM_PROCESS.has(code) || (number === SIGCHLD && code > 0)) {
    return { code, sender: view.getInt32(UNION_AT, true) };
  }
  if (FAULTS.has(number) && code > 0 && code !== SI_KERNEL) {
    return { code, address: view.getBigUint64(UNION_AT, true) };
  }
  return { code };
}

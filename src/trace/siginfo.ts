/**
 * A siginfo_t and those of its members that have columns of their own. Layout and codes:
 * include/uapi/asm-generic/siginfo.h, checked against Linux 6.6 on x86-64.
 */
/** sizeof(siginfo_t) */
export const SIGINFO_SIZE = 128;
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
  /** si_addr, signed */
  readonly address?: bigint;
  /** si_pid */
  readonly sender?: number;
}

/** Where a signal came from; its siginfo tells, and columns. Absent without a siginfo of at least the members looked at. */
export function siginfoOrigin(siginfo: Uint8Array | undefined): SignalOrigin | undefined {
  if (siginfo === undefined || siginfo.length < UNION_AT + 8) return undefined;
  const view = new DataView(siginfo.buffer, siginfo.byteOffset, siginfo.length);
  const number = view.getInt32(0, true);
  const code = view.getInt32(CODE_AT, true);
  if (FROM_PROCESS.has(code) || (number === SIGCHLD && code > 0)) {
    return { code, sender: view.getInt32(UNION_AT, true) };
  }
  if (FAULTS.has(number) && code > 0 && code !== SI_KERNEL) {
    const address = view.getBigInt64(UNION_AT, true);
    // Only a guest that makes up its own siginfo has an address beyond these.
    if (address >= Number.MIN_SAFE_INTEGER && address <= Number.MAX_SAFE_INTEGER) return { code, address };
  }
  return { code };
}

/** The siginfo, 128 bytes, that says what the columns do and nothing else. */
function expectedSiginfo(number: number, origin: SignalOrigin | undefined): Uint8Array {
  const bytes = new Uint8Array(SIGINFO_SIZE);
  if (origin === undefined) return bytes;
  const view = new DataView(bytes.buffer);
  view.setInt32(0, number, true);
  view.setInt32(CODE_AT, origin.code, true);
  if (origin.sender !== undefined) view.setInt32(UNION_AT, origin.sender, true);
  if (origin.address !== undefined) view.setBigInt64(UNION_AT, origin.address, true);
  return bytes;
}

/** What a siginfo says beyond the columns: the difference (exclusive or), without zeroes at its end. */
export function siginfoDifference(siginfo: Uint8Array, number: number, origin: SignalOrigin | undefined): Uint8Array {
  if (siginfo.length > SIGINFO_SIZE) throw new RangeError(`a siginfo has ${SIGINFO_SIZE} bytes, not ${siginfo.length}`);
  const difference = expectedSiginfo(number, origin);
  siginfo.forEach((byte, at) => (difference[at]! ^= byte));
  let end = SIGINFO_SIZE;
  while (end > 0 && difference[end - 1] === 0) end--;
  return difference.subarray(0, end);
}

export function siginfoFrom(difference: Uint8Array, number: number, origin: SignalOrigin | undefined): Uint8Array {
  const siginfo = expectedSiginfo(number, origin);
  difference.forEach((byte, at) => (siginfo[at]! ^= byte));
  return siginfo;
}

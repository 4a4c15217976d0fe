/** siginfo_t as the kernel fills it where portrace stands in for it (sigaction(2), asm-generic/siginfo.h). */
import { SignalCode, SIGINFO_SIZE } from '../tracee/index.js';

/** si_code of any signal: sent by a process, by the kernel. */
export const SI_USER = 0;
export const SI_KERNEL = SignalCode.SI_KERNEL;

const NUMBER_AT = 0;
const CODE_AT = 8;
/** The fields behind depend on the signal; the first of them is si_pid, or si_addr. */
const PID_AT = 16;
const USER_AT = 20;
const STATUS_AT = 24;

/** What a signal tells besides its number; what is left out is zero. */
export interface SignalFields {
  readonly code?: number;
  readonly pid?: number;
  readonly user?: number;
  /** SIGCHLD. */
  readonly status?: number;
  /** Faults and traps: instead of a process. */
  readonly address?: bigint;
}

export function makeSiginfo(number: number, { code = SI_USER, pid = 0, user = 0, status = 0, address }: SignalFields = {}): Uint8Array {
  const bytes = new Uint8Array(SIGINFO_SIZE);
  const view = new DataView(bytes.buffer);
  view.setInt32(NUMBER_AT, number, true);
  view.setInt32(CODE_AT, code, true);
  view.setInt32(PID_AT, pid, true);
  view.setInt32(USER_AT, user, true);
  view.setInt32(STATUS_AT, status, true);
  if (address !== undefined) view.setBigUint64(PID_AT, address, true);
  return bytes;
}

/**
 * A siginfo_t in words, as strace shows it. Layout and codes:
 * include/uapi/asm-generic/siginfo.h of Linux 6.6; x86-64.
 */
import { PLAIN, showScalar } from './kinds/kind.js';
import { address, processId, scalar } from './kinds/numbers.js';
import { signalName } from './names.js';

// For any signal; a positive code below 0x80 belongs to its signal.
const COMMON_CODES = new Map([
  [0, 'SI_USER'],
  [0x80, 'SI_KERNEL'],
  [-1, 'SI_QUEUE'],
  [-2, 'SI_TIMER'],
  [-3, 'SI_MESGQ'],
  [-4, 'SI_ASYNCIO'],
  [-5, 'SI_SIGIO'],
  [-6, 'SI_TKILL'],
  [-7, 'SI_DETHREAD'],
  [-60, 'SI_ASYNCNL'],
]);

// By signal number, from code 1 on.
const OWN_CODES = new Map<number, readonly string[]>([
  [4, ['ILL_ILLOPC', 'ILL_ILLOPN', 'ILL_ILLADR', 'ILL_ILLTRP', 'ILL_PRVOPC', 'ILL_PRVREG', 'ILL_COPROC', 'ILL_BADSTK']],
  [5, ['TRAP_BRKPT', 'TRAP_TRACE', 'TRAP_BRANCH', 'TRAP_HWBKPT', 'TRAP_UNK', 'TRAP_PERF']],
  [7, ['BUS_ADRALN', 'BUS_ADRERR', 'BUS_OBJERR', 'BUS_MCEERR_AR', 'BUS_MCEERR_AO']],
  [8, ['FPE_INTDIV', 'FPE_INTOVF', 'FPE_FLTDIV', 'FPE_FLTOVF', 'FPE_FLTUND', 'FPE_FLTRES', 'FPE_FLTINV', 'FPE_FLTSUB']],
  [11, ['SEGV_MAPERR', 'SEGV_ACCERR', 'SEGV_BNDERR', 'SEGV_PKUERR']],
  [17, ['CLD_EXITED', 'CLD_KILLED', 'CLD_DUMPED', 'CLD_TRAPPED', 'CLD_STOPPED', 'CLD_CONTINUED']],
  [29, ['POLL_IN', 'POLL_OUT', 'POLL_MSG', 'POLL_ERR', 'POLL_PRI', 'POLL_HUP']],
  [31, ['SYS_SECCOMP', 'SYS_USER_DISPATCH']],
]);

/** -6 for "SI_TKILL", 1 for "SEGV_MAPERR" of signal 11; undefined for what is no si_code of the signal. */
export function siginfoCodeNamed(name: string, signal: number): number | undefined {
  for (const [code, common] of COMMON_CODES) if (common === name) return code;
  const own = OWN_CODES.get(signal)?.indexOf(name) ?? -1;
  return own < 0 ? undefined : own + 1;
}

const SIGCHLD = 17;
const CLD_EXITED = 1;
/** USER_HZ, asm-generic/param.h. */
const TICKS_A_SECOND = 100;
const ticks = (count: bigint): string => (count === 0n ? '0' : `${count} /* ${Number(count) / TICKS_A_SECOND} s */`);
const SIGIO = 29;
const SIGSYS = 31;
const FAULTS = new Set([4, 5, 7, 8, 11]);
const WITH_SENDER = new Set([0, -1, -3, -6]);
const SI_QUEUE = -1;
const SI_TIMER = -2;
const SI_KERNEL = 0x80;

/** How many ticks nobody took. */
const overrun = scalar('overrun', { bytes: 4, signed: true, compare: 'varying' });

const showAddress = (value: bigint, words = PLAIN): string => (words === PLAIN ? `0x${value.toString(16)}` : showScalar(address, value, words));

/** `{si_signo=SIGALRM, si_code=SI_TIMER, …}`; the siginfo has 128 bytes. */
export function showSiginfo(siginfo: Uint8Array, words = PLAIN): string {
  const view = new DataView(siginfo.buffer, siginfo.byteOffset, siginfo.length);
  const int = (at: number): number => view.getInt32(at, true);
  const [number, code] = [int(0), int(8)];
  const members = [
    `si_signo=${signalName(number)}`,
    `si_code=${COMMON_CODES.get(code) ?? OWN_CODES.get(number)?.[code - 1] ?? code}`,
  ];
  const own = code > 0 && code !== SI_KERNEL;
  if (WITH_SENDER.has(code) || (own && number === SIGCHLD)) {
    members.push(`si_pid=${showScalar(processId, BigInt(int(16)), words)}`, `si_uid=${view.getUint32(20, true)}`);
  }
  if (own && number === SIGCHLD) {
    members.push(`si_status=${code === CLD_EXITED || !words.style ? int(24) : signalName(int(24))}`);
    if (words.style) members.push(...['si_utime', 'si_stime'].map((name, index) => `${name}=${ticks(view.getBigInt64(32 + index * 8, true))}`));
  }
  if (words.style && code === SI_QUEUE) members.push(`si_int=${int(24)}`, `si_ptr=${view.getBigUint64(24, true) === 0n ? 'NULL' : `0x${view.getBigUint64(24, true).toString(16)}`}`);
  else if (code === SI_QUEUE) members.push(`si_value=0x${view.getBigUint64(24, true).toString(16)}`);
  if (code === SI_TIMER) members.push(`si_timerid=${int(16)}`, `si_overrun=${showScalar(overrun, BigInt(int(20)), words)}`);
  if (own && number === SIGIO) members.push(`si_band=${view.getBigInt64(16, true)}`, `si_fd=${int(24)}`);
  if (words.style && FAULTS.has(number) && (own || code === SI_KERNEL)) members.push(`si_addr=${showScalar(address, view.getBigUint64(16, true), words)}`);
  else if (own && FAULTS.has(number)) members.push(`si_addr=${showAddress(view.getBigUint64(16, true), words)}`);
  if (own && number === SIGSYS) members.push(`si_syscall=${int(24)}`);
  return `{${members.join(', ')}}`;
}

/**
 * Signals: include/uapi/asm-generic/signal-defs.h, arch/x86/include/uapi/asm/signal.h,
 * asm-generic/siginfo.h; checked against Linux 6.1 headers.
 */
/** signal(7). Real-time signals begin at 32 for the kernel. */
export const SIGNALS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
} as const;

/** sigaction(2). */
export const ACTION_FLAGS = {
  SA_NOCLDSTOP: 1,
  SA_NOCLDWAIT: 2,
  SA_SIGINFO: 4,
  SA_UNSUPPORTED: 0x400,
  SA_EXPOSE_TAGBITS: 0x800,
  SA_RESTORER: 0x4000000,
  SA_ONSTACK: 0x8000000,
  SA_RESTART: 0x10000000,
  SA_NODEFER: 0x40000000,
  SA_RESETHAND: 0x80000000,
} as const;

/** rt_sigprocmask(2). */
export const MASK_CHANGES = {
  SIG_BLOCK: 0,
  SIG_UNBLOCK: 1,
  SIG_SETMASK: 2,
} as const;

/** sigaltstack(2). */
export const STACK_FLAGS = {
  SS_ONSTACK: 1,
  SS_DISABLE: 2,
  SS_AUTODISARM: 0x80000000,
} as const;

/** signalfd4(2). */
export const SIGNALFD_FLAGS = {
  SFD_NONBLOCK: 0x800,
  SFD_CLOEXEC: 0x80000,
} as const;

/** si_code where any signal may have it. */
export const SIGINFO_CODES = {
  SI_USER: 0,
  SI_KERNEL: 128,
  SI_ASYNCNL: -60,
  SI_DETHREAD: -7,
  SI_TKILL: -6,
  SI_SIGIO: -5,
  SI_ASYNCIO: -4,
  SI_MESGQ: -3,
  SI_TIMER: -2,
  SI_QUEUE: -1,
} as const;

/** struct sigevent. */
export const NOTIFICATIONS = {
  SIGEV_SIGNAL: 0,
  SIGEV_NONE: 1,
  SIGEV_THREAD: 2,
  SIGEV_THREAD_ID: 4,
} as const;

/** Calls that look at a clock or wait: arch/x86/entry/syscalls/syscall_64.tbl, Linux 6.6. */
import type { Step } from './steps.js';
import type { Texts } from './texts.js';

/** time, times, getrusage, gettimeofday, clock_gettime, getcpu. */
const CLOCKS: ReadonlySet<number> = new Set([96, 98, 100, 201, 228, 309]);
/** poll, select, epoll_wait, pselect6, ppoll, epoll_pwait, epoll_pwait2. */
const POLLS: ReadonlySet<number> = new Set([7, 23, 232, 270, 271, 281, 441]);
/** sched_yield, pause, nanosleep, futex, clock_nanosleep, rt_sigsuspend, rt_sigtimedwait, timerfd and timer reads. */
const SLEEPS: ReadonlySet<number> = new Set([24, 34, 35, 128, 130, 202, 224, 230, 287]);

/** The same again says no more than that time went by. */
export const saysTime = (number: number): boolean => CLOCKS.has(number) || POLLS.has(number);

const SYS_WAIT4 = 61;

/** A wait4 with WNOHANG that found nobody. */
export const foundNobody = (number: number, outcome: string): boolean => number === SYS_WAIT4 && /^0(,|$)/.test(outcome);

/** A round of a loop with such a step may be made any number of times. */
export const isTimely = ({ sort, got }: Step, texts: Texts): boolean =>
  saysTime(sort) || SLEEPS.has(sort) || texts.text(got) === 'EAGAIN';

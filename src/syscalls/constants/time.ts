/**
 * Clocks and timers: include/uapi/linux/time.h, timerfd.h; checked against Linux 6.1 headers.
 */
/** clock_gettime(2). */
export const CLOCKS = {
  CLOCK_REALTIME: 0,
  CLOCK_MONOTONIC: 1,
  CLOCK_PROCESS_CPUTIME_ID: 2,
  CLOCK_THREAD_CPUTIME_ID: 3,
  CLOCK_MONOTONIC_RAW: 4,
  CLOCK_REALTIME_COARSE: 5,
  CLOCK_MONOTONIC_COARSE: 6,
  CLOCK_BOOTTIME: 7,
  CLOCK_REALTIME_ALARM: 8,
  CLOCK_BOOTTIME_ALARM: 9,
  CLOCK_SGI_CYCLE: 10,
  CLOCK_TAI: 11,
} as const;

/** setitimer(2). */
export const TIMERS = {
  ITIMER_REAL: 0,
  ITIMER_VIRTUAL: 1,
  ITIMER_PROF: 2,
} as const;

/** timer_settime(2), clock_nanosleep(2). */
export const TIMER_FLAGS = {
  TIMER_ABSTIME: 1,
} as const;

/** timerfd_create(2). */
export const TIMERFD_FLAGS = {
  TFD_NONBLOCK: 0x800,
  TFD_CLOEXEC: 0x80000,
} as const;

/** timerfd_settime(2). */
export const TIMERFD_SET_FLAGS = {
  TFD_TIMER_ABSTIME: 1,
  TFD_TIMER_CANCEL_ON_SET: 2,
} as const;

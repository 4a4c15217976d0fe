/** Times and timers: include/uapi/linux/time_types.h, timex.h, times.h, checked against Linux 6.1. */
import { choiceOf, flagsOf } from './names.js';
import { int, long, measured, seconds } from './numbers.js';
import type { MemoryKind } from './kind.js';
import { struct } from './struct.js';
import { u64 } from '../little-endian.js';
import { CLOCKS, TIMERFD_FLAGS, TIMERFD_SET_FLAGS, TIMERS, TIMER_FLAGS } from '../constants/time.js';

/** A duration that the guest asked for. */
export const timespec = struct('timespec', 16, { tv_sec: [0, long], tv_nsec: [8, long] }, 'duration');
/** A moment that the guest asked for. */
export const deadline = struct('timespec', 16, { tv_sec: [0, long], tv_nsec: [8, long] }, 'deadline');
/** A time that the kernel told. */
export const toldTimespec = struct('timespec', 16, { tv_sec: [0, seconds], tv_nsec: [8, measured] });
export const timeval = struct('timeval', 16, { tv_sec: [0, long], tv_usec: [8, long] }, 'duration');
export const toldTimeval = struct('timeval', 16, { tv_sec: [0, seconds], tv_usec: [8, measured] });
export const timezone = struct('timezone', 8, { tz_minuteswest: [0, int], tz_dsttime: [4, int] });
export const itimerspec = struct('itimerspec', 32, { it_interval: [0, timespec], it_value: [16, timespec] });
export const deadlineItimerspec = struct('itimerspec', 32, { it_interval: [0, timespec], it_value: [16, deadline] });
export const toldItimerspec = struct('itimerspec', 32, { it_interval: [0, timespec], it_value: [16, toldTimespec] });
export const itimerval = struct('itimerval', 32, { it_interval: [0, timeval], it_value: [16, timeval] });
export const toldItimerval = struct('itimerval', 32, { it_interval: [0, timeval], it_value: [16, toldTimeval] });

/** A comment that says a time of day, of nanoseconds or microseconds; nothing for zero. */
export function dateComment(seconds: number, part: number, digits: 6 | 9): string {
  if (seconds === 0 && part === 0) return '';
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return '';
  const fraction = part === 0 ? '' : `.${part.toString().padStart(digits, '0')}`;
  return ` /* ${date.toISOString().slice(0, 19)}${fraction}+0000 */`;
}

const UTIME_NOW = 0x3fffffff;
const UTIME_OMIT = 0x3ffffffe;

/** The times of a file, as utimensat(2) and utimes(2) take them. */
function fileTime(of: MemoryKind, digits: 6 | 9): MemoryKind {
  return {
    ...of,
    strace(bytes, length, words) {
      const part = u64(bytes, 8);
      if (digits === 9 && part === UTIME_NOW) return 'UTIME_NOW';
      if (digits === 9 && part === UTIME_OMIT) return 'UTIME_OMIT';
      return of.show(bytes, length, words) + dateComment(u64(bytes, 0), part, digits);
    },
  };
}
export const fileTimespec = fileTime(timespec, 9);
export const fileTimeval = fileTime(timeval, 6);
export const utimbuf = struct('utimbuf', 16, { actime: [0, long], modtime: [8, long] });
export const tms = struct('tms', 32, {
  tms_utime: [0, measured],
  tms_stime: [8, measured],
  tms_cutime: [16, measured],
  tms_cstime: [24, measured],
});
export const timex = struct('timex', 208, {
  modes: [0, int],
  offset: [8, measured],
  freq: [16, measured],
  maxerror: [24, measured],
  esterror: [32, measured],
  status: [40, int],
  constant: [48, long],
  precision: [56, long],
  tolerance: [64, long],
  time: [72, toldTimeval],
  tick: [88, long],
});

export const clock = choiceOf('clock', CLOCKS, { signed: true });
export const timer = choiceOf('timer', TIMERS);
export const timerFlags = flagsOf('timer flags', TIMER_FLAGS);
export const timerfdFlags = flagsOf('timerfd flags', TIMERFD_FLAGS);
export const timerfdSetFlags = flagsOf('timerfd_settime flags', TIMERFD_SET_FLAGS);

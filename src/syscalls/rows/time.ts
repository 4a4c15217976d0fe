/** Clocks and timers: kernel/time/*.c, fs/timerfd.c, Linux 6.6. */
import { reads, updates, writes, type Description } from '../argument.js';
import { cases, choice } from '../choice.js';
import { TIMER_FLAGS } from '../constants/time.js';
import { one } from '../extent.js';
import type { MemoryKind } from '../kinds/kind.js';
import { descriptor, identifier, measured, seconds, uint } from '../kinds/numbers.js';
import { sigevent } from '../kinds/signals.js';
import * as time from '../kinds/time.js';
import { always, interrupted } from '../outcome.js';
import type { Family } from '../row.js';

/** A time to wait; with TIMER_ABSTIME, which is the first bit in every set of flags, a moment. */
const waited = (duration: MemoryKind, moment: MemoryKind): Description =>
  choice({
    by: 'flags',
    key: (flags) => flags & TIMER_FLAGS.TIMER_ABSTIME,
    cases: cases(TIMER_FLAGS, { TIMER_ABSTIME: reads(moment) }),
    otherwise: reads(duration),
  });

export const TIME: Family = {
  nanosleep: [35, { duration: reads(time.timespec), remaining: writes(time.toldTimespec, one, interrupted) }],
  getitimer: [36, { timer: time.timer, value: writes(time.toldItimerval) }],
  alarm: [37, { seconds: uint }, seconds],
  setitimer: [38, { timer: time.timer, value: reads(time.itimerval), old: writes(time.toldItimerval) }],
  gettimeofday: [96, { time: writes(time.toldTimeval), zone: writes(time.timezone) }],
  adjtimex: [159, { adjustment: updates(time.timex, one, always) }],
  settimeofday: [164, { time: reads(time.timeval), zone: reads(time.timezone) }],
  time: [201, { time: writes(seconds) }, seconds],
  timer_create: [222, { clock: time.clock, event: reads(sigevent), timer: writes(identifier) }],
  timer_settime: [
    223,
    { timer: identifier, flags: time.timerFlags, value: waited(time.itimerspec, time.deadlineItimerspec), old: writes(time.toldItimerspec) },
  ],
  timer_gettime: [224, { timer: identifier, value: writes(time.toldItimerspec) }],
  timer_getoverrun: [225, { timer: identifier }, measured],
  timer_delete: [226, { timer: identifier }],
  clock_settime: [227, { clock: time.clock, time: reads(time.timespec) }],
  clock_gettime: [228, { clock: time.clock, time: writes(time.toldTimespec) }],
  clock_getres: [229, { clock: time.clock, resolution: writes(time.timespec) }],
  clock_nanosleep: [
    230,
    {
      clock: time.clock,
      flags: time.timerFlags,
      duration: waited(time.timespec, time.deadline),
      remaining: writes(time.toldTimespec, one, interrupted),
    },
  ],
  timerfd_create: [283, { clock: time.clock, flags: time.timerfdFlags }, descriptor],
  timerfd_settime: [
    286,
    { fd: descriptor, flags: time.timerfdSetFlags, value: waited(time.itimerspec, time.deadlineItimerspec), old: writes(time.toldItimerspec) },
  ],
  timerfd_gettime: [287, { fd: descriptor, value: writes(time.toldItimerspec) }],
  clock_adjtime: [305, { clock: time.clock, adjustment: updates(time.timex) }],
};

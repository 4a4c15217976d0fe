/** One processor for tracer and guest. */
import { readdirSync } from 'node:fs';
import { addon } from './addon.js';

/** One that no other recording or replay has, if there is one: the calling thread's own rather than others. */
export const ANY_PROCESSOR = -1;

/**
 * Pins the calling thread, and so the guests that it starts, to a processor, and keeps the other
 * threads of this process off it where there is another: a stop costs several times as much across two
 * processors, and what reads and writes traces beside it is not to take its time. Answers the
 * processor, or a negative errno (EINVAL: this process may not use it).
 */
export function takeProcessor(wanted: number): number {
  const cpu = addon.pinToCpu(0, wanted);
  if (cpu < 0) return cpu;
  // A thread that ended meanwhile needs no place.
  for (const thread of readdirSync('/proc/self/task').map(Number)) {
    if (thread !== process.pid) addon.keepOffCpu(thread, cpu);
  }
  return cpu;
}

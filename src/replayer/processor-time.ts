/** How much of a processor a task has had. */
import { readFileSync } from 'node:fs';

/** /proc/PID/stat counts in units of sysconf(_SC_CLK_TCK), which is 100 a second on x86-64. */
const MICROSECONDS_A_TICK = 10_000;
/** Of the fields behind the name: utime and stime (proc(5), fields 14 and 15). */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/** Microseconds, in steps of ten thousand. */
export function processorTimeOf(tid: number): number {
  const text = readFileSync(`/proc/${tid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) * MICROSECONDS_A_TICK;
}

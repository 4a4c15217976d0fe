/** Which calls write to the recorder's own standard output and error, so that replay can repeat it. */
import { addon } from '../tracee/index.js';
import { Reg } from '../base/registers.js';
import type { Call, GuestTask } from './task.js';

/** write, pwrite64, writev, pwritev, pwritev2, sendto: the descriptor comes first. */
const WRITERS: ReadonlySet<number> = new Set([1, 18, 20, 44, 296, 328]);

/** Whether a descriptor of a task is one of these streams. */
export const isOutputStream = ({ tid }: GuestTask, descriptor: number): boolean =>
  addon.sameFile(tid, descriptor, 1) === 1 || addon.sameFile(tid, descriptor, 2) === 1;

/** 1 or 2 where a call writes to that stream of ours: the same open file, whatever its number. */
export function outputStream(task: GuestTask, call: Call): 1 | 2 | undefined {
  if (!WRITERS.has(call.number)) return undefined;
  const descriptor = call.entry.int32(Reg.rdi);
  const isOutput = addon.sameFile(task.tid, descriptor, 1) === 1;
  const isError = addon.sameFile(task.tid, descriptor, 2) === 1;
  if (isOutput && isError) return descriptor === 2 ? 2 : 1;
  return isOutput ? 1 : isError ? 2 : undefined;
}

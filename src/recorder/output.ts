/** Which calls write to the recorder's own standard output and error, so that replay can repeat it. */
import { addon } from '../tracee/index.js';
import { Reg, type RegisterIndex } from '../base/registers.js';
import type { Call, GuestTask } from './task.js';

/** The register with the descriptor that a call writes to, by its number (asm/unistd_64.h). */
const WRITERS: ReadonlyMap<number, RegisterIndex> = new Map([
  // write, pwrite64, writev, sendfile, sendto, pwritev, pwritev2
  ...[1, 18, 20, 40, 44, 296, 328].map((number) => [number, Reg.rdi] as const),
  // splice, copy_file_range
  ...[275, 326].map((number) => [number, Reg.rdx] as const),
]);

/** 1 or 2 where a call writes to that stream of ours: the same open file, whatever its number. */
export function outputStream(task: GuestTask, call: Call): 1 | 2 | undefined {
  const register = WRITERS.get(call.number);
  return register === undefined ? undefined : streamOf(task, call.entry.int32(register));
}

/** The same of a descriptor of a task. */
export function streamOf({ tid }: GuestTask, descriptor: number): 1 | 2 | undefined {
  const isOutput = addon.sameFile(tid, descriptor, 1) === 1;
  const isError = addon.sameFile(tid, descriptor, 2) === 1;
  if (isOutput && isError) return descriptor === 2 ? 2 : 1;
  return isOutput ? 1 : isError ? 2 : undefined;
}

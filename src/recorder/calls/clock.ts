/**
 * clock_gettime of a task that traces others: portrace reads the clock itself where it is everybody's,
 * so that the call needs no stop at its return. Such a task reads clocks at every tick of its guests.
 */
import { existsSync, readlinkSync } from 'node:fs';
import { addon } from '../../tracee/index.js';
import { Reg } from '../../base/registers.js';
import { answerCall, runCall } from '../calls.js';
import type { Call, GuestTask } from '../task.js';
import type { RecordSession } from '../session.js';
import type { IrregularCall } from './irregular.js';

/** linux/time.h: REALTIME, MONOTONIC, MONOTONIC_RAW, REALTIME_COARSE, MONOTONIC_COARSE, BOOTTIME. */
const COMMON_CLOCKS: ReadonlySet<number> = new Set([0, 1, 4, 5, 6, 7]);
const EFAULT = 14;
/** sizeof(struct timespec) */
const TIMESPEC_SIZE = 16;

export const clockCall: IrregularCall = {
  isAnswered: (_, task, call) => COMMON_CLOCKS.has(call.entry.int32(Reg.rdi)) && hasOurClocks(task),
  enter: (session, task, call) => {
    if (!task.insideVoidCall) {
      runCall(session, task, call);
      return;
    }
    answerCall(session, task, giveTime(session, task, call));
  },
};

function giveTime(session: RecordSession, task: GuestTask, call: Call): number {
  const bytes = new Uint8Array(TIMESPEC_SIZE);
  const result = addon.clockTime(call.entry.int32(Reg.rdi), bytes);
  if (result < 0) return result;
  const at = call.entry.number(Reg.rsi);
  const written = task.tracee.copyOut(at, bytes);
  if (written > 0) call.effects.push(session.memoryEffect(task.space.id, at, bytes.subarray(0, written)));
  return written < TIMESPEC_SIZE ? -EFAULT : 0;
}

/** Undefined where the kernel has no such namespaces. */
function timeNamespace(process: string): string | undefined {
  const link = `/proc/${process}/ns/time`;
  return existsSync(link) ? readlinkSync(link) : undefined;
}

/** Time namespaces move clocks (time_namespaces(7)); a task changes its own at an execve at most. */
function hasOurClocks(task: GuestTask): boolean {
  if (task.clocksOf !== task.space) {
    task.clocksOf = task.space;
    task.hasOurClocks = timeNamespace(String(task.tid)) === timeNamespace('self');
  }
  return task.hasOurClocks;
}

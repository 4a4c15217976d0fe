/**
 * sched_setaffinity, sched_getaffinity and getcpu. The guest stays on the one processor that cpuid and replay are of: a mask
 * that it sets is told back to it, as if it ran on one of those processors.
 */
import { Reg } from '../../base/registers.js';
import { addon } from '../../tracee/index.js';
import { finishCall } from '../calls.js';
import type { RecordSession } from '../session.js';
import type { GuestTask } from '../task.js';
import type { IrregularCall } from './irregular.js';

/** Bytes of a mask of all processors that Linux can have (CONFIG_NR_CPUS is 8192 at most). */
const MASK_ROOM = 1024;

const BITS = [0, 1, 2, 3, 4, 5, 6, 7];

/** The processors of a mask, in order. */
const processorsOf = (mask: Uint8Array): number[] =>
  [...mask].flatMap((byte, at) => BITS.filter((bit) => byte & (1 << bit)).map((bit) => at * BITS.length + bit));

/** The kernel checked the mask, and gave it to some task of the guest: that one gets its own processor again. */
export const setAffinityCall: IrregularCall = {
  leave: ({ session, task, call, result, after }) => {
    if (result === 0) takeBack(session, session.taskNamed(task, call.entry.int32(Reg.rdi)));
    finishCall(session, task, { result, after });
  },
};

/** In a PID namespace of its own the guest calls tasks by other ids: whoever's mask is another now was meant. */
function takeBack(session: RecordSession, named: GuestTask | undefined): void {
  for (const task of session.tasks.values()) {
    const mask = maskOf(task);
    if (!mask) continue;
    const isPinned = processorsOf(mask).every((processor) => processor === session.processor);
    if (!isPinned || task === named) task.affinity = mask;
    if (!isPinned) addon.pinToCpu(task.tid, session.processor);
  }
}

function maskOf({ tid }: GuestTask): Uint8Array | undefined {
  const mask = new Uint8Array(MASK_ROOM);
  const size = addon.affinity(tid, mask);
  return size > 0 ? mask.subarray(0, size) : undefined;
}

export const getAffinityCall: IrregularCall = {
  leave: ({ session, task, call, result, after }) => {
    const mask = session.taskNamed(task, call.entry.int32(Reg.rdi))?.affinity;
    if (result > 0 && mask) task.tracee.copyOut(call.entry.number(Reg.rdx), mask.subarray(0, result));
    finishCall(session, task, { result, after });
  },
};

/** Puts the processor that a task may take itself to be on in the place of the real one, which the kernel told it at an address. */
export function tellProcessor(session: RecordSession, task: GuestTask, at: number): void {
  const processors = task.affinity ? processorsOf(task.affinity) : [session.processor];
  if (at === 0 || processors.includes(session.processor)) return;
  task.tracee.copyOut(at, new Uint8Array(Uint32Array.of(processors[0]!).buffer));
}

export const getCpuCall: IrregularCall = {
  leave: ({ session, task, call, result, after }) => {
    if (result === 0) tellProcessor(session, task, call.entry.number(Reg.rdi));
    finishCall(session, task, { result, after });
  },
};

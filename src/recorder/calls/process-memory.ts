/** Memory of other tasks that a task writes by a call: through /proc/PID/mem, and by process_vm_writev. */
import { readlinkSync } from 'node:fs';
import { Reg } from '../../base/registers.js';
import type { Effect } from '../../trace/events.js';
import { finishCall } from '../calls.js';
import type { RecordSession } from '../session.js';
import type { Call, GuestTask } from '../task.js';
import { vectorParts } from './iovec.js';
import type { IrregularCall } from './irregular.js';
import { writtenAt, WRITERS } from './shared-files.js';

/** open, openat, openat2 (asm/unistd_64.h). */
const OPENERS: ReadonlySet<number> = new Set([2, 257, 437]);
const MEMORY_FILE = /(?:^|\/)mem\0?$/;

/** Whether a call has opened what may be a file of a task's memory (proc(5)). */
export function opensMemory({ number, inputs }: Call, result: number): boolean {
  return OPENERS.has(number) && result >= 0 && inputs.some(({ bytes }) => MEMORY_FILE.test(Buffer.from(bytes).toString('latin1')));
}

/** What a write to such a file changed. */
export function memoryFileEffects(session: RecordSession, task: GuestTask, call: Call, result: number): Effect[] {
  if (!WRITERS.has(call.number) || result <= 0) return [];
  const pid = memoryOf(task, call.entry.int32(Reg.rdi));
  return pid === undefined ? [] : writtenMemory(session, pid, writtenAt(task, call, result, 0), result);
}

function memoryOf(task: GuestTask, descriptor: number): number | undefined {
  try {
    const match = /^\/proc\/(\d+)(?:\/task\/(\d+))?\/mem$/.exec(readlinkSync(`/proc/${task.tid}/fd/${descriptor}`));
    return match ? Number(match[2] ?? match[1]) : undefined;
  } catch {
    return undefined;
  }
}

/** Memory of a task as a call has just left it. A task outside the guest is none of the trace's business. */
function writtenMemory(session: RecordSession, pid: number, start: number, length: number): Effect[] {
  const target = session.taskByPid(pid);
  if (!target) return [];
  const bytes = target.tracee.read(start, length);
  return bytes.length > 0 ? [session.memoryEffect(target.space.id, start, bytes)] : [];
}

/** process_vm_writev(pid, local, count, remote, count, flags): as many bytes as its result, in the order of the remote parts. */
export const writeProcessCall: IrregularCall = {
  leave: ({ session, task, call, result, after }) => {
    for (const { address, length } of vectorParts(task.tracee, call.entry.number(Reg.r10), call.entry.number(Reg.r8), result)) {
      call.effects.push(...writtenMemory(session, call.entry.int32(Reg.rdi), address, length));
    }
    finishCall(session, task, { result, after });
  },
};

/**
 * Files that shared mappings show and that calls write to: what a call wrote is an effect on the
 * object, since replay's stand-in does not hear of the call.
 */
import { openSync, closeSync, fstatSync, readSync, statSync, readFileSync } from 'node:fs';
import { Reg } from '../../base/registers.js';
import type { Effect } from '../../trace/events.js';
import type { RecordSession } from '../session.js';
import type { Call, GuestTask } from '../task.js';

/** write, pwrite64, writev, pwritev, pwritev2, and how each tells where it wrote. */
export const WRITERS: ReadonlyMap<number, 'position' | 'argument'> = new Map([
  [1, 'position'],
  [20, 'position'],
  [18, 'argument'],
  [296, 'argument'],
  [328, 'argument'],
]);

/** ftruncate, fallocate: the size may change; fallocate may also clear a range. */
const SYS_FALLOCATE = 285;
const RESIZERS: ReadonlySet<number> = new Set([77, SYS_FALLOCATE]);

export function sharedFileEffects(
  session: RecordSession,
  task: GuestTask,
  call: Call,
  result: number,
  effects: Effect[],
): void {
  const how = WRITERS.get(call.number);
  // Only a replay needs it.
  if (!session.takesPoints) return;
  if (result < 0 || (!how && !RESIZERS.has(call.number))) return;
  const path = `/proc/${task.tid}/fd/${call.entry.int32(Reg.rdi)}`;
  let stat;
  try {
    stat = statSync(path, { bigint: true });
  } catch {
    return;
  }
  const object = session.objects.sharedObject(stat);
  if (!object) return;
  session.objects.resized(stat);
  if (call.number === SYS_FALLOCATE) {
    const start = call.entry.number(Reg.rdx);
    const bytes = readPart(path, start, call.entry.number(Reg.r10));
    effects.push({ type: 'object', object: object.id, offset: start, bytes, size: Number(stat.size) });
    return;
  }
  const offset = how ? writtenAt(task, call, result) : 0;
  const bytes = how && result > 0 ? readPart(path, offset, result) : new Uint8Array(0);
  effects.push({ type: 'object', object: object.id, offset, bytes, size: Number(stat.size) });
}

/** Where one of WRITERS that has returned put the first byte. */
export const writtenAt = (task: GuestTask, call: Call, result: number): number =>
  WRITERS.get(call.number) === 'argument' ? call.entry.number(Reg.r10) : filePosition(task, call) - result;

function filePosition(task: GuestTask, call: Call): number {
  const text = readFileSync(`/proc/${task.tid}/fdinfo/${call.entry.int32(Reg.rdi)}`, 'latin1');
  return Number(/^pos:\s*(\d+)/m.exec(text)![1]);
}

function readPart(path: string, offset: number, length: number): Uint8Array {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, Number(fstatSync(descriptor).size) - offset)));
    readSync(descriptor, bytes, 0, bytes.length, offset);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

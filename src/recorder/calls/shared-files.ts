/**
 * Files that mappings show and that calls change: what a call wrote is an effect on the object, since
 * replay's stand-in does not hear of the call.
 */
import { openSync, closeSync, readSync, readFileSync } from 'node:fs';
import { pageCeil } from '../../base/brands.js';
import { Reg } from '../../base/registers.js';
import type { Effect } from '../../trace/events.js';
import { HostFile } from '../host-file.js';
import type { RecordSession } from '../session.js';
import type { Call, GuestTask } from '../task.js';

/** A part of the file with this path of our own; a length of 0 where only the size may have changed. */
interface Part {
  readonly offset: number;
  readonly length: number;
}

/** What a call that succeeded did to a file. */
interface Change {
  /** Our path to the file. */
  readonly path: (task: GuestTask, call: Call, result: number) => string;
  readonly part: (task: GuestTask, call: Call, result: number, size: number) => Part;
  /** Whether it may have done something at all. Default: yes. */
  readonly mayChange?: (call: Call) => boolean;
}

const O_APPEND = 0o2000;
const RWF_APPEND = 0x10;
/** linux/falloc.h: what follows the range moves. */
const FALLOC_FL_COLLAPSE_RANGE = 0x08;
const FALLOC_FL_INSERT_RANGE = 0x20;

const SYS_PWRITEV2 = 328;

const O_CREAT = 0o100;
const O_TRUNC = 0o1000;
const O_TMPFILE = 0o20000000;
const opensToChange = (flags: number): boolean => (flags & (O_CREAT | O_TRUNC | O_TMPFILE)) !== 0;

const descriptorPath = (task: GuestTask, descriptor: number): string => `/proc/${task.tid}/fd/${descriptor}`;
const atFirst = (task: GuestTask, call: Call): string => descriptorPath(task, call.entry.int32(Reg.rdi));
const atThird = (task: GuestTask, call: Call): string => descriptorPath(task, call.entry.int32(Reg.rdx));
const atResult = (task: GuestTask, _: Call, result: number): string => descriptorPath(task, result);

const resized: Change['part'] = () => ({ offset: 0, length: 0 });
const written: Change['part'] = (task, call, result, size) => ({ offset: writtenAt(task, call, result, size), length: result });

/** copy_file_range(2), splice(2): to where the fourth argument's offset was, or the descriptor's position. */
const moved: Change['part'] = (task, call, result) => {
  const at = call.entry.number(Reg.r10);
  const end = at === 0 ? fileState(task, call.entry.int32(Reg.rdx)).position : readOffset(task, at);
  return { offset: end - result, length: result };
};

const allocated: Change['part'] = (_, call) => {
  const moves = (call.entry.int32(Reg.rsi) & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE)) !== 0;
  return { offset: call.entry.number(Reg.rdx), length: moves ? Infinity : call.entry.number(Reg.r10) };
};

/** write, pwrite64, writev, pwritev, pwritev2, and how each tells where it wrote (asm/unistd_64.h). */
export const WRITERS: ReadonlyMap<number, 'position' | 'argument'> = new Map([
  [1, 'position'],
  [20, 'position'],
  [18, 'argument'],
  [296, 'argument'],
  [SYS_PWRITEV2, 'argument'],
]);

const CHANGES: ReadonlyMap<number, Change> = new Map<number, Change>([
  ...[...WRITERS.keys()].map((number): [number, Change] => [number, { path: atFirst, part: written }]),
  [40, { path: atFirst, part: written }], // sendfile
  [275, { path: atThird, part: moved }], // splice
  [326, { path: atThird, part: moved }], // copy_file_range
  [285, { path: atFirst, part: allocated }], // fallocate
  [77, { path: atFirst, part: resized }], // ftruncate
  [76, { path: namedPath, part: resized }], // truncate
  // O_TRUNC, and a new file with the inode of one that is gone.
  [2, { path: atResult, part: resized, mayChange: (call) => opensToChange(call.entry.int32(Reg.rsi)) }], // open
  [257, { path: atResult, part: resized, mayChange: (call) => opensToChange(call.entry.int32(Reg.rdx)) }], // openat
  // creat, open_by_handle_at, openat2
  ...[85, 304, 437].map((number): [number, Change] => [number, { path: atResult, part: resized }]),
]);

export function sharedFileEffects(session: RecordSession, task: GuestTask, call: Call, result: number, effects: Effect[]): void {
  const change = CHANGES.get(call.number);
  // Only a replay needs it.
  if (!change || result < 0 || !session.takesPoints || change.mayChange?.(call) === false) return;
  const path = change.path(task, call, result);
  const file = HostFile.of(path);
  if (!file?.isRegular) return;
  const { size } = file;
  const object = session.objects.mapped(file);
  if (!object) return;
  const part = change.part(task, call, result, size);
  if (part.length === 0 && object.size === size) return;
  session.objects.changed(file, part);
  // Some file systems clear what was written behind the old end, in its page, and some do not.
  const tail = { offset: object.size, length: pageCeil(object.size) - object.size };
  const grownOver = size > object.size && tail.length > 0 && (part.length === 0 || part.offset > object.size);
  for (const { offset, length } of grownOver ? [tail, part] : [part]) {
    effects.push({ type: 'object', object: object.id, offset: length === 0 ? 0 : offset, bytes: readPart(path, { offset, length }, size), size });
  }
}

/** Where one of WRITERS, or sendfile(2), that has returned put the first byte in a file of this size. */
export function writtenAt(task: GuestTask, call: Call, result: number, size: number): number {
  const descriptor = call.entry.int32(Reg.rdi);
  if (WRITERS.get(call.number) !== 'argument') return fileState(task, descriptor).position - result;
  const appended = call.number === SYS_PWRITEV2 && (call.entry.int32(Reg.r9) & RWF_APPEND) !== 0;
  if (call.number === SYS_PWRITEV2 && call.entry.signed(Reg.r10) === -1) return fileState(task, descriptor).position - result;
  if (appended || fileState(task, descriptor).flags & O_APPEND) return size - result;
  return call.entry.number(Reg.r10);
}

/** A descriptor's position and flags (proc(5)). */
export function fileState(task: GuestTask, descriptor: number): { position: number; flags: number } {
  const text = readFileSync(`/proc/${task.tid}/fdinfo/${descriptor}`, 'latin1');
  return { position: Number(/^pos:\s*(\d+)/m.exec(text)![1]), flags: parseInt(/^flags:\s*(\d+)/m.exec(text)![1]!, 8) };
}

/** The offset that the kernel has stored behind what it wrote. */
export function readOffset(task: GuestTask, at: number): number {
  const bytes = task.tracee.read(at, 8);
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true));
}

/** truncate(2): a name as the task understands it. */
function namedPath(task: GuestTask, call: Call): string {
  const bytes = Buffer.from(call.inputs[0]?.bytes ?? []);
  const end = bytes.indexOf(0);
  const name = bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
  return `/proc/${task.tid}/${name.startsWith('/') ? 'root' : 'cwd'}/${name}`;
}

function readPart(path: string, { offset, length }: Part, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
  if (bytes.length === 0) return bytes;
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, bytes, 0, bytes.length, offset);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

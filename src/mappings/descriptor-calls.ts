/**
 * The calls that make, copy and close descriptors, one row each: arch/x86/entry/syscalls/syscall_64.tbl,
 * section 2 of man-pages 6.03, checked against Linux 6.6.
 */
import type { Counters, Descriptor, DescriptorSort, DescriptorTable } from './descriptors.js';
import type { FinishedCall } from './finished-call.js';

/** A call that succeeded, and the table of its task. */
export interface DescriptorCall {
  readonly call: FinishedCall;
  readonly table: DescriptorTable;
  readonly counters: Counters;
  /** A path of the task as it is kept. */
  whole(path: string): string;
}

/** Changes the table; gives a new one where the task stops sharing it. */
export type DescriptorChange = (made: DescriptorCall) => DescriptorTable | undefined | void;

/** O_CLOEXEC, and the same bit in the flags of most calls. */
const CLOSE_ON_EXEC = 0x80000;
/** O_TMPFILE without O_DIRECTORY. */
const TMPFILE = 0x400000;
const AT_FDCWD = -100;

const hasBit = (call: FinishedCall, argument: number, bit = CLOSE_ON_EXEC): boolean => (call.int(argument) & bit) !== 0;

function opened(made: DescriptorCall, path: string | undefined, flags: number): void {
  const closeOnExec = (flags & CLOSE_ON_EXEC) !== 0;
  const unnamed = path === undefined ? 'file' : flags & TMPFILE ? 'tmpfile' : undefined;
  const name = unnamed !== undefined ? { name: unnamed, number: made.counters.next(unnamed) } : { name: path! };
  made.table.set(made.call.result, { sort: 'file', ...name, closeOnExec });
}

/** The path, behind its folder where the call names one. */
function pathFrom(made: DescriptorCall, folder: number, path: number): string | undefined {
  const { call, table } = made;
  const text = call.text(path);
  if (text === undefined) return undefined;
  const base = text.startsWith('/') || call.int(folder) === AT_FDCWD ? undefined : table.get(call.int(folder))?.name;
  return made.whole(base === undefined ? text : text === '' ? base : `${base}/${text}`);
}

function pathOf({ call, whole }: DescriptorCall): string | undefined {
  const text = call.text(0);
  return text === undefined ? undefined : whole(text);
}

const open: DescriptorChange = (made) => opened(made, pathOf(made), made.call.int(1));
const openat: DescriptorChange = (made) => opened(made, pathFrom(made, 0, 1), made.call.int(2));

/** struct open_how begins with the flags. */
const openat2: DescriptorChange = (made) => {
  const flags = made.call.word(made.call.argument(2)) ?? 0;
  opened(made, pathFrom(made, 0, 1), flags);
};

const memfd: DescriptorChange = (made) => opened(made, `memfd:${made.call.text(0) ?? ''}`, hasBit(made.call, 1, 1) ? CLOSE_ON_EXEC : 0);

interface Flag {
  readonly argument: number;
  readonly bit?: number;
}

/** A new thing that has no name but what it is. */
const makes = (name: string, flag?: Flag, sort: DescriptorSort = 'other'): DescriptorChange => ({ call, table, counters }) => {
  const closeOnExec = flag !== undefined && hasBit(call, flag.argument, flag.bit);
  table.set(call.result, { sort, name, number: counters.next(name), closeOnExec });
};

/** A pipe or a pair: two descriptors, whose numbers are written where the argument points. */
const makesTwo = (name: string, shape: { readonly at: number; readonly ends: readonly [string, string]; readonly sort: DescriptorSort; readonly flag?: Flag }): DescriptorChange =>
  ({ call, table, counters }) => {
    const number = counters.next(name);
    const closeOnExec = shape.flag !== undefined && hasBit(call, shape.flag.argument);
    shape.ends.forEach((end, index) => {
      const descriptor = call.word(call.argument(shape.at) + index * 4);
      if (descriptor !== undefined) table.set(descriptor, { sort: shape.sort, name, number, end, closeOnExec });
    });
  };

const PIPE_ENDS = ['r', 'w'] as const;
const PAIR_ENDS = ['a', 'b'] as const;

function copied({ table, counters }: DescriptorCall, from: number): Descriptor {
  return table.get(from) ?? { sort: 'other', name: 'fd', number: counters.next('fd'), closeOnExec: false };
}

/** dup, dup2, dup3: the result is the copy. */
const dup = (flag?: Flag): DescriptorChange => (made) => {
  const { call, table } = made;
  if (call.int(0) === call.result) return;
  table.set(call.result, { ...copied(made, call.int(0)), closeOnExec: flag !== undefined && hasBit(call, flag.argument) });
};

/** linux/fcntl.h */
const F_DUPFD = 0;
const F_SETFD = 2;
const F_DUPFD_CLOEXEC = 1030;
const FD_CLOEXEC = 1;

const fcntl: DescriptorChange = (made) => {
  const { call, table } = made;
  const command = call.int(1);
  if (command === F_DUPFD || command === F_DUPFD_CLOEXEC) {
    table.set(call.result, { ...copied(made, call.int(0)), closeOnExec: command === F_DUPFD_CLOEXEC });
  }
  const known = table.get(call.int(0));
  if (command === F_SETFD && known) table.set(call.int(0), { ...known, closeOnExec: hasBit(call, 2, FD_CLOEXEC) });
};

/** asm-generic/ioctls.h */
const TIOCGPTPEER = 0x5441;
const FIONCLEX = 0x5450;
const FIOCLEX = 0x5451;

const ioctl: DescriptorChange = ({ call, table, counters }) => {
  const request = call.int(1);
  if (request === TIOCGPTPEER) table.set(call.result, { sort: 'other', name: 'terminal', number: counters.next('terminal'), closeOnExec: hasBit(call, 2) });
  const known = table.get(call.int(0));
  if (known && (request === FIOCLEX || request === FIONCLEX)) table.set(call.int(0), { ...known, closeOnExec: request === FIOCLEX });
};

const close: DescriptorChange = ({ call, table }) => table.close(call.int(0));

/** linux/close_range.h */
const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOEXEC = 4;

const closeRange: DescriptorChange = ({ call, table }) => {
  const own = hasBit(call, 2, CLOSE_RANGE_UNSHARE) ? table.fork() : table;
  for (const number of own.numbersBetween(call.argument(0), call.argument(1))) {
    if (hasBit(call, 2, CLOSE_RANGE_CLOEXEC)) own.set(number, { ...own.get(number)!, closeOnExec: true });
    else own.close(number);
  }
  return own;
};

const CLONE_FILES = 0x400;
const unshare: DescriptorChange = ({ call, table }) => (hasBit(call, 0, CLONE_FILES) ? table.fork() : undefined);

/** A descriptor that is made anew only where argument 0 is -1. */
const signalfd = (flag?: Flag): DescriptorChange => (made) => (made.call.int(0) < 0 ? makes('signalfd', flag)(made) : undefined);

/** struct msghdr and cmsghdr, linux/socket.h */
const CONTROL = { pointer: 32, length: 40 } as const;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const HEADER = 16;

/** Descriptors that came in a message. */
const recvmsg: DescriptorChange = ({ call, table, counters }) => {
  const header = call.argument(1);
  const pointer = longAt(call, header + CONTROL.pointer);
  const end = pointer + longAt(call, header + CONTROL.length);
  for (let at = pointer; pointer !== 0 && at + HEADER <= end; ) {
    const length = longAt(call, at);
    if (length < HEADER) return;
    if (call.word(at + 8) === SOL_SOCKET && call.word(at + 12) === SCM_RIGHTS) {
      for (let each = at + HEADER; each + 4 <= at + length; each += 4) {
        const descriptor = call.word(each);
        if (descriptor !== undefined) table.set(descriptor, { sort: 'other', name: 'received', number: counters.next('received'), closeOnExec: false });
      }
    }
    at += Math.ceil(length / 8) * 8;
  }
};

const longAt = (call: FinishedCall, at: number): number => ((call.word(at) ?? 0) >>> 0) + ((call.word(at + 4) ?? 0) >>> 0) * 2 ** 32;

/** By number. */
export const DESCRIPTOR_CALLS: ReadonlyMap<number, DescriptorChange> = new Map<number, DescriptorChange>([
  [2, open],
  [3, close],
  [16, ioctl],
  [22, makesTwo('pipe', { at: 0, ends: PIPE_ENDS, sort: 'pipe' })],
  [32, dup()],
  [33, dup()],
  [41, makes('socket', { argument: 1 }, 'socket')],
  [43, makes('connection', undefined, 'socket')],
  [47, recvmsg],
  [53, makesTwo('socketpair', { at: 3, ends: PAIR_ENDS, sort: 'socket', flag: { argument: 1 } })],
  [72, fcntl],
  [85, (made) => opened(made, pathOf(made), 0)],
  [213, makes('epoll')],
  [240, (made) => opened(made, made.call.text(0), CLOSE_ON_EXEC)],
  [253, makes('inotify')],
  [257, openat],
  [272, unshare],
  [282, signalfd()],
  [283, makes('timerfd', { argument: 1 })],
  [284, makes('eventfd')],
  [288, makes('connection', { argument: 3 }, 'socket')],
  [289, signalfd({ argument: 3 })],
  [290, makes('eventfd', { argument: 1 })],
  [291, makes('epoll', { argument: 0 })],
  [292, dup({ argument: 2 })],
  [293, makesTwo('pipe', { at: 0, ends: PIPE_ENDS, sort: 'pipe', flag: { argument: 1 } })],
  [294, makes('inotify', { argument: 0 })],
  [298, makes('perf', { argument: 4, bit: 8 })],
  [300, makes('fanotify', { argument: 0, bit: 1 })],
  [304, makes('file handle', { argument: 2 }, 'file')],
  [319, memfd],
  [323, makes('userfaultfd', { argument: 0 })],
  [425, makes('io_uring')],
  [428, openat],
  [434, makes('pidfd')],
  [436, closeRange],
  [437, openat2],
  [438, makes('received')],
  [447, makes('memfd_secret', { argument: 0 })],
]);

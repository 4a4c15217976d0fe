/** Calls that change the address space: each becomes a mapping effect, with the content it shows. */
import { addon } from '../../tracee/index.js';
import { ARGUMENT_REGISTERS, Reg } from '../../base/registers.js';
import { address, pageCeil, type ObjectId } from '../../base/brands.js';
import type { Mutable } from '../../base/mutable.js';
import type { MappingChange, MappingOperation, ObjectWrite } from '../../trace/events.js';
import { answerCall, finishCall, runCall } from '../calls.js';
import { HostFile } from '../host-file.js';
import { withDescriptor } from '../objects.js';
import { readMappings } from '../../tracee/index.js';
import { openSync, readlinkSync, readSync } from 'node:fs';
import type { RecordSession } from '../session.js';
import type { Call, GuestTask } from '../task.js';
import { vectorParts, type MemoryPart } from './iovec.js';
import type { IrregularCall, Leaving } from './irregular.js';

/** asm-generic/mman-common.h */
const MAP_SHARED = 0x1;
const MAP_TYPE = 0xf;
const MAP_ANONYMOUS = 0x20;
const MAP_GROWSDOWN = 0x100;
const MAP_LOCKED = 0x2000;
const MAP_POPULATE = 0x8000;
const MAP_NONBLOCK = 0x10000;
const PROT_WRITE = 2;
const PROT_READ_WRITE = 3;
const MADV_DONTNEED = 4;
const MADV_FREE = 8;
/** MADV_DONTNEED for locked memory, too, which replay's is not. */
const MADV_DONTNEED_LOCKED = 24;
/** Advice that changes content or inheritance: DONTNEED, REMOVE, DONTFORK, DOFORK, WIPEONFORK, KEEPONFORK, GUARD_INSTALL, GUARD_REMOVE. */
const ADVICE_THAT_MATTERS: ReadonlySet<number> = new Set([4, 9, 10, 11, 18, 19, 102, 103]);
const PROT_RWX = 7;
const ENOMEM = 12;
const EINVAL = 22;
const ENOSPC = 28;

const argument = (call: Call, index: number): number => call.entry.number(ARGUMENT_REGISTERS[index]!);

interface Change {
  readonly operation: MappingOperation;
  readonly origin: string;
  readonly address: number;
  readonly length: number;
  readonly protection?: number | undefined;
  readonly flags?: number | undefined;
  readonly object?: ObjectId | undefined;
  readonly offset?: number | undefined;
  readonly from?: { readonly address: number; readonly length: number } | undefined;
  /** The guest's descriptor of a mapped file. */
  readonly descriptor?: number | undefined;
}

/** A mapping effect, with what a change leaves out filled in. */
export function mappingChange(task: GuestTask, change: Change): MappingChange {
  task.space.mappingChanges(change.address, change.length);
  if (change.from) task.space.mappingChanges(change.from.address, change.from.length);
  const made: Mutable<MappingChange> = {
    type: 'mapping',
    space: task.space.id,
    operation: change.operation,
    origin: change.origin,
    address: address(change.address),
    length: pageCeil(change.length),
    protection: change.protection ?? 0,
    flags: change.flags ?? 0,
    offset: change.offset ?? 0,
  };
  if (change.object !== undefined) made.object = change.object;
  if (change.from) made.from = { address: address(change.from.address), length: pageCeil(change.from.length) };
  task.space.traps.note(made, change.descriptor);
  return made;
}

/** An irregular call whose success adds effects. */
function onSuccess(add: (leaving: Leaving) => void): IrregularCall {
  return {
    leave: (leaving) => {
      const { task, call, result } = leaving;
      // A filter that refused it by SIGSYS left its number in rax (syscall_rollback in asm/syscall.h).
      const isUndone = task.isFiltered && result === call.number;
      if (!isUndone && (result >= 0 || result < -4095)) add(leaving);
      finishCall(leaving.session, leaving.task, leaving);
    },
  };
}

export const mmapCall = onSuccess(({ session, task, call, result }) => {
  const flags = argument(call, 3);
  const shared = (flags & MAP_TYPE) === MAP_SHARED || (flags & MAP_TYPE) === 3;
  const length = argument(call, 1);
  const protection = argument(call, 2);
  const copies = !shared && (flags & MAP_ANONYMOUS) === 0 && (protection & PROT_WRITE) !== 0 && populates(flags);
  const kept = (shared ? MAP_SHARED : 2) | (flags & MAP_GROWSDOWN) | (copies ? MAP_POPULATE : 0);
  const change = { operation: 'map', origin: 'mmap', address: result, length, protection, flags: kept } as const;
  if (flags & MAP_ANONYMOUS) {
    call.effects.push(mappingChange(task, change));
    return;
  }
  const offset = argument(call, 5);
  const descriptor = call.entry.int32(Reg.r8);
  const object = mapDescriptor(session, task, { descriptor, offset, length, shared }, call);
  call.effects.push(mappingChange(task, { ...change, object, offset, descriptor }));
});

/** Whether mmap touches all pages at once: private copies of a file's pages do not see what is written to it later. */
const populates = (flags: number): boolean => (flags & MAP_LOCKED) !== 0 || (flags & (MAP_POPULATE | MAP_NONBLOCK)) === MAP_POPULATE;

function mapDescriptor(
  session: RecordSession,
  task: GuestTask,
  part: { descriptor: number; offset: number; length: number; shared: boolean },
  call: Call,
): ObjectId | undefined {
  const file = HostFile.of(`/proc/${task.tid}/fd/${part.descriptor}`);
  const known = file?.isRegular ? session.objects.mapAgain(part, file) : undefined;
  if (known !== undefined) return known;
  const ours = copyDescriptor(task, part.descriptor);
  return withDescriptor(ours, (descriptor) => {
    const effects: ObjectWrite[] = [];
    const path = readlinkSync(`/proc/self/fd/${descriptor}`);
    const object = session.objects.map({ ...part, descriptor, path }, effects);
    call.effects.push(...effects);
    return object;
  });
}

/** Our copy of a guest's descriptor. A thread has no pidfd before Linux 6.9: its link is opened. */
function copyDescriptor(task: GuestTask, descriptor: number): number {
  const copy = task.tid === task.group ? addon.takeDescriptor(task.tid, descriptor) : -1;
  if (copy < 0) return openSync(`/proc/${task.tid}/fd/${descriptor}`, 'r');
  if (readsAnywhere(copy)) return copy;
  return withDescriptor(copy, () => openSync(`/proc/self/fd/${copy}`, 'r'));
}

const BYTE = new Uint8Array(1);

/** One that was opened with O_DIRECT reads whole blocks only. */
function readsAnywhere(descriptor: number): boolean {
  try {
    readSync(descriptor, BYTE, 0, BYTE.length, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EINVAL';
  }
}

export const munmapCall = onSuccess(({ task, call }) => {
  const range = { address: argument(call, 0), length: argument(call, 1) };
  call.effects.push(mappingChange(task, { operation: 'unmap', origin: 'munmap', ...range }));
});

/** A failing mprotect has changed what lies before the place where it failed. */
export const mprotectCall: IrregularCall = {
  leave: ({ session, task, call, result, after }) => {
    const range = { address: argument(call, 0), length: argument(call, 1) };
    const protection = argument(call, 2);
    const changed = result === 0 ? [range] : result === -EINVAL ? [] : protectedPieces(task, range, protection);
    for (const piece of changed) {
      call.effects.push(mappingChange(task, { operation: 'protect', origin: 'mprotect', ...piece, protection }));
    }
    finishCall(session, task, { result, after });
  },
};

/** What is mapped of a range, in order. */
function mappedPieces(task: GuestTask, { address: from, length }: MemoryPart): (MemoryPart & { readonly protection: number })[] {
  return readMappings(task.tid).flatMap(({ start, end, protection }) => {
    const first = Math.max(start, from);
    const behind = Math.min(end, from + pageCeil(length));
    return first < behind ? [{ address: first, length: behind - first, protection }] : [];
  });
}

/** The pieces from the start of a range on that have the protection that was asked for. */
function protectedPieces(task: GuestTask, range: MemoryPart, asked: number): MemoryPart[] {
  const found: MemoryPart[] = [];
  let next = range.address;
  for (const piece of mappedPieces(task, range)) {
    if (piece.address !== next || piece.protection !== (asked & PROT_RWX)) break;
    found.push({ address: piece.address, length: piece.length });
    next += piece.length;
  }
  return found;
}

/**
 * pkey_alloc: as on a processor without protection keys. A key is a matter of the processor and of a
 * register that no call tells of.
 */
export const keyCall: IrregularCall = {
  enter: (session, task) => answerCall(session, task, -ENOSPC),
};

export const mremapCall = onSuccess(({ task, call, result }) => {
  moveSegment(task, { address: argument(call, 0), length: argument(call, 1) }, result);
  call.effects.push(
    mappingChange(task, {
      operation: 'remap',
      origin: 'mremap',
      address: result,
      length: argument(call, 2),
      flags: argument(call, 3),
      from: { address: argument(call, 0), length: argument(call, 1) },
    }),
  );
});

/** A System V segment is detached where it was moved to. */
function moveSegment({ space: { segments } }: GuestTask, from: MemoryPart, to: number): void {
  const length = segments.get(from.address);
  if (length === undefined) return;
  if (from.length > 0) segments.delete(from.address);
  segments.set(to, length);
}

export const brkCall = onSuccess(({ task, call, result }) => {
  const end = pageCeil(result);
  // Where /proc did not tell, the first call does: brk(0), as libc asks.
  const before = task.space.heapEnd || end;
  task.space.heapEnd = address(end);
  if (end > before) {
    const range = { address: before, length: end - before, protection: PROT_READ_WRITE, flags: 2 };
    call.effects.push(mappingChange(task, { operation: 'map', origin: 'brk', ...range }));
  } else if (end < before) {
    const range = { address: end, length: before - end };
    call.effects.push(mappingChange(task, { operation: 'unmap', origin: 'brk', ...range }));
  }
});

/**
 * MADV_FREE lets the kernel drop the pages when it likes; it is run as MADV_DONTNEED, which drops
 * them at once, and which a program that calls MADV_FREE must expect.
 */
export const madviseCall: IrregularCall = {
  enter: (session, task, call) => {
    if (argument(call, 2) === MADV_FREE) {
      const registers = call.entry.clone();
      registers.setNumber(Reg.rdx, MADV_DONTNEED);
      task.tracee.setRegisters(registers);
    }
    runCall(session, task, call);
  },
  leave: ({ session, task, call, result, after }) => {
    const asked = argument(call, 2);
    if (asked === MADV_FREE) {
      after.setNumber(Reg.rdx, MADV_FREE);
      task.tracee.setRegisters(after);
    }
    const range = { address: argument(call, 0), length: argument(call, 1) };
    // Where there are holes in the range it is done all the same, and ENOMEM.
    if (result === 0) noteAdvice(task, call, asked, [range]);
    else if (result === -ENOMEM && ADVICE_THAT_MATTERS.has(effective(asked))) noteAdvice(task, call, asked, mappedPieces(task, range));
    finishCall(session, task, { result, after });
  },
};

const effective = (advice: number): number => (advice === MADV_FREE || advice === MADV_DONTNEED_LOCKED ? MADV_DONTNEED : advice);

function noteAdvice(task: GuestTask, call: Call, asked: number, ranges: readonly MemoryPart[]): void {
  const advice = effective(asked);
  if (!ADVICE_THAT_MATTERS.has(advice)) return;
  for (const { address, length } of ranges) {
    call.effects.push(mappingChange(task, { operation: 'advise', origin: 'madvise', address, length, protection: advice }));
  }
}

/** process_madvise(pidfd, vector, count, advice, flags): advice that matters is only allowed for the caller's own memory. */
export const processMadviseCall: IrregularCall = {
  leave: ({ session, task, call, result, after }) => {
    noteAdvice(task, call, argument(call, 3), vectorParts(task.tracee, argument(call, 1), argument(call, 2), result));
    finishCall(session, task, { result, after });
  },
};

export const shmatCall = onSuccess(({ session, task, call, result }) => {
  const mapping = readMappings(task.tid).find((each) => each.start === result);
  if (!mapping) return;
  const length = mapping.end - mapping.start;
  task.space.segments.set(result, length);
  const object = session.objects.segment(mapping, task.tracee);
  const { protection } = mapping;
  const range = { address: result, length, protection, flags: MAP_SHARED, object };
  call.effects.push(mappingChange(task, { operation: 'map', origin: 'shmat', ...range }));
});

export const shmdtCall = onSuccess(({ task, call }) => {
  const start = argument(call, 0);
  const length = task.space.segments.get(start);
  if (length === undefined) return;
  task.space.segments.delete(start);
  call.effects.push(mappingChange(task, { operation: 'unmap', origin: 'shmdt', address: start, length }));
});

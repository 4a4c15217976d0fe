/** Mapping effects: really made, at the recorded addresses, from content in the trace. */
import { PAGE_SIZE, USER_SPACE_END } from '../base/brands.js';
import type { ObjectId } from '../base/brands.js';
import { Reg } from '../base/registers.js';
import { Trouble } from '../base/errors.js';
import type { MappingChange } from '../trace/events.js';
import { readMappings } from '../tracee/index.js';
import type { StandIns } from './stand-ins.js';
import { STUB_ADDRESS, STUB_TEXT } from './stub-image.js';
import type { ReplaySpace, ReplayTask } from './task.js';

const SYS_OPEN = 2;
const SYS_MMAP = 9;
const SYS_MPROTECT = 10;
const SYS_MUNMAP = 11;
const SYS_MREMAP = 25;
const SYS_MADVISE = 28;
const SYS_CLOSE_RANGE = 436;

/** Behind the standard streams. */
const FIRST_OF_STAND_INS = 3;
const LAST_DESCRIPTOR = 0xffffffff;

/** asm-generic/mman-common.h */
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
const MREMAP_MAYMOVE = 1;
const MREMAP_FIXED = 2;
const MREMAP_DONTUNMAP = 4;

const O_RDWR = 2;
const PROT_WRITE = 2;
const PROT_EXEC = 4;

/** What a recorder stores: MAP_SHARED, MAP_PRIVATE, MAP_GROWSDOWN, MAP_POPULATE, MREMAP_*; advice on content and inheritance. */
const KNOWN_FLAGS = 0x8107;
const KNOWN_ADVICE: ReadonlySet<number> = new Set([4, 9, 10, 11, 18, 19, 102, 103]);

type Apply = (task: ReplayTask, change: MappingChange, standIns: StandIns) => void;

/** Makes one recorded change in the task's address space. */
export function applyMapping(task: ReplayTask, change: MappingChange, standIns: StandIns): void {
  if (change.address <= STUB_ADDRESS && change.address + change.length > STUB_ADDRESS && change.operation !== 'protect') {
    // The guest's own mapping takes the stub's place.
    task.space.hasStub = false;
  }
  if (change.flags & ~KNOWN_FLAGS || (change.operation === 'advise' && !KNOWN_ADVICE.has(change.protection))) {
    throw new Trouble('trace', `damaged trace, or one of a newer portrace: a ${change.origin} with flags or advice that this one does not store`);
  }
  APPLY[change.operation](task, change, standIns);
  task.space.traps.note(change);
  if (task.space.hasStub) noteCode(task.space, change);
}

function noteCode(space: ReplaySpace, { operation, address, length, protection }: MappingChange): void {
  const changed = { start: address, end: address + length };
  space.code = space.code.filter(({ start, end }) => end <= changed.start || changed.end <= start);
  if (operation === 'map' && protection & PROT_EXEC) space.code.push(changed);
}

/** Sees to it that instructions with a recorded result trap in what has become code. */
export function trapInstructions(task: ReplayTask, standIns: StandIns): void {
  task.space.traps.settle(task.tracee, ({ address, protection, flags, object, offset }) => {
    const descriptor = openStandIn(task, object!, standIns);
    task.must('a mapping', SYS_MMAP, [address, PAGE_SIZE, protection, flags | MAP_FIXED, descriptor, offset]);
  });
}

const APPLY: Record<MappingChange['operation'], Apply> = {
  map: (task, change, standIns) => {
    const { address, length, protection, flags, object, offset } = change;
    const fixed = flags | MAP_FIXED | MAP_NORESERVE;
    if (object === undefined) {
      task.must('a mapping', SYS_MMAP, [address, length, protection, fixed | MAP_ANONYMOUS, -1, 0]);
      return;
    }
    const descriptor = openStandIn(task, object, standIns);
    task.must('a mapping', SYS_MMAP, [address, length, protection, fixed, descriptor, offset]);
  },
  unmap: (task, { address, length }) => {
    // The site may go with it; the call itself still returns to the stop.
    task.must('munmap', SYS_MUNMAP, [address, length]);
  },
  protect: (task, { address, length, protection }) => {
    task.must('mprotect', SYS_MPROTECT, [address, length, protection]);
  },
  remap: (task, { address, length, from, flags }) => {
    if (!from) throw new Trouble('trace', 'damaged trace: a remap effect without its source');
    const moved = from.address !== address;
    const how = moved ? MREMAP_MAYMOVE | MREMAP_FIXED | (flags & MREMAP_DONTUNMAP) : 0;
    task.must('mremap', SYS_MREMAP, [from.address, from.length, length, how, address]);
  },
  advise: (task, { address, length, protection: advice }) => {
    task.must('madvise', SYS_MADVISE, [address, length, advice]);
  },
};

/** So many descriptors a program takes along into the next. */
const MOST_KEPT = 512;

/** A task executes another program, and has a table of descriptors for itself from then on. */
export function keepStandIns(task: ReplayTask): void {
  const { size } = task.open;
  const closes = size > MOST_KEPT && task.call(SYS_CLOSE_RANGE, [FIRST_OF_STAND_INS, LAST_DESCRIPTOR, 0]) === 0;
  task.open = closes ? new Map() : new Map(task.open);
}

/** The task's descriptor of a stand-in; opened by way of our own, once for each descriptor table. */
function openStandIn(task: ReplayTask, object: ObjectId, standIns: StandIns): number {
  const known = task.open.get(object);
  if (known !== undefined) return known;
  const path = `/proc/${process.pid}/fd/${standIns.descriptor(object)}`;
  const descriptor = withText(task, path, (at) => task.must('open', SYS_OPEN, [at, O_RDWR, 0]));
  task.open.set(object, descriptor);
  return descriptor;
}

/** Lends the task a string in its own memory for one call. */
export function withText<Result>(task: ReplayTask, text: string, use: (address: number) => Result): Result {
  const bytes = new TextEncoder().encode(`${text}\0`);
  const { tracee } = task;
  let at = task.space.hasStub ? STUB_TEXT : stackPage(task);
  let saved = tracee.read(at, bytes.length);
  // As a rule that page is there: what is mapped takes long to ask.
  if (saved.length < bytes.length || tracee.copyOut(at, bytes) < bytes.length) {
    at = writablePlace(task, bytes.length);
    saved = tracee.read(at, bytes.length);
    tracee.write(at, bytes);
  }
  try {
    return use(at);
  } finally {
    tracee.write(at, saved);
  }
}

function stackPage(task: ReplayTask): number {
  const stack = task.registers.number(Reg.rsp);
  return stack - (stack % PAGE_SIZE);
}

function writablePlace(task: ReplayTask, length: number): number {
  const top = stackPage(task);
  const mappings = readMappings(task.tracee.tid);
  const writable = mappings.filter(({ protection }) => protection & PROT_WRITE);
  const found = writable.find(({ start, end }) => start <= top && top < end) ?? writable[0];
  if (!found || found.end - found.start < length) throw new Trouble('host', 'the replayed guest has no writable memory');
  return found.start <= top && top < found.end ? top : found.start;
}

/**
 * Removes all mappings but the stub's page: a fresh program's own stack and kernel pages. The kernel allows it of vvar and
 * vdso, too. The last page of user space can have no mapping (TASK_SIZE, asm/page_64_types.h).
 */
export function clearSpace(task: ReplayTask): void {
  const behind = STUB_ADDRESS + PAGE_SIZE;
  task.must('munmap', SYS_MUNMAP, [0, STUB_ADDRESS]);
  task.must('munmap', SYS_MUNMAP, [behind, USER_SPACE_END - PAGE_SIZE - behind]);
}

/** Removes the stub's page, once there is a program to make calls from. */
export function removeStub(task: ReplayTask): void {
  const { space, tracee } = task;
  if (!space.hasStub) return;
  space.hasStub = false;
  const site = space.siteBesides(STUB_ADDRESS, tracee);
  space.code = [];
  task.must('munmap', SYS_MUNMAP, [STUB_ADDRESS, PAGE_SIZE]);
  space.site = site ?? 0;
}

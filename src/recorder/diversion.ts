/**
 * Calls that may sleep write to memory of portrace's own in the space, and what they wrote is copied to where the
 * guest wants it when their return is told. Else another thread could see a buffer change before the trace says so: a
 * garbage collector, for one, looks through whole stacks.
 */
import { ARGUMENT_REGISTERS, Reg, type RegisterIndex, type Registers } from '../base/registers.js';
import { PAGE_SIZE } from '../base/brands.js';
import { capturedMemory, outputRanges, type GuestMemory } from '../syscalls/index.js';
import type { RecordSession } from './session.js';
import type { Call, GuestTask } from './task.js';

const SYS_MMAP = 9;
const SYS_MPROTECT = 10;
const PROT_NONE = 0;
const PROT_READ_WRITE = 3;
/** MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, which keeps huge pages away (Linux 6.7) */
const OWN_MEMORY = 0x24022;
const EFAULT = 14;

/** What one call may have, bytes: Node.js reads 64 KiB, which begin anywhere in a page. */
const SLOT = 17 * PAGE_SIZE;
const SLOTS = 64;
/** What most calls need, which hundreds of threads may sleep in. */
const SMALL_SLOT = 2 * PAGE_SIZE;
const SMALL_SLOTS = 2048;
const SMALL_START = SLOT * SLOTS;
const SCRATCH_SIZE = SMALL_START + SMALL_SLOT * SMALL_SLOTS;

const WORD = 4;
const SIGINFO = 128;
/** What waitid fills of siginfo_t: up to si_status. */
const WAIT_INFO = 28;
const RUSAGE = 144;
/** A timespec or timeval. */
const TIME = 16;
const POLLFD = 8;
const REVENTS = 6;
const EPOLL_EVENT = 12;
const SET_WORD_BITS = 64;
/** The type before a message of msgrcv(2). */
const MESSAGE_TYPE = 8;

/** An argument that points to what the call writes. */
interface Pointer {
  readonly register: RegisterIndex;
  /** The most that it may write there, bytes. */
  readonly size: number;
  /** It leaves some bytes between what it writes alone. */
  readonly withGaps?: true;
  /** Of each structure it writes the last member only (poll's revents), and others may write the rest meanwhile. */
  readonly onlyRevents?: true;
}

/** All arguments that point to what a call writes: it is diverted whole or not at all. */
type Pointers = (call: Call) => readonly Pointer[];

const readInto: Pointers = ({ entry }) => [{ register: Reg.rsi, size: entry.number(Reg.rdx) }];
const epollEvents: Pointers = ({ entry }) => [{ register: Reg.rsi, size: entry.int32(Reg.rdx) * EPOLL_EVENT }];
const polledFiles: Pointers = ({ entry }) => [{ register: Reg.rdi, size: entry.number(Reg.rsi) * POLLFD, onlyRevents: true }];
const descriptorSets: Pointers = ({ entry }) => {
  const size = Math.ceil(entry.int32(Reg.rdi) / SET_WORD_BITS) * (SET_WORD_BITS / 8);
  return [...[Reg.rsi, Reg.rdx, Reg.r10].map((register) => ({ register, size })), { register: Reg.r8, size: TIME }];
};
/** A socket's address, and its length, which the caller sets to what there is room for. */
const socketAddress = ({ entry, inputs }: Call, register: RegisterIndex, lengthRegister: RegisterIndex): Pointer[] => {
  const length = capturedMemory(inputs).read(entry.number(lengthRegister), WORD);
  const room = length.length === WORD ? new DataView(length.buffer, length.byteOffset).getInt32(0, true) : 0;
  return [{ register, size: room }, { register: lengthRegister, size: WORD }];
};
const acceptedAddress: Pointers = (call) => socketAddress(call, Reg.rsi, Reg.rdx);

/** asm/unistd_64.h */
const DIVERTED: ReadonlyMap<number, Pointers> = new Map([
  [0, readInto], // read
  [7, polledFiles], // poll
  [17, readInto], // pread64
  [23, descriptorSets], // select
  [43, acceptedAddress], // accept
  [45, (call) => [...readInto(call), ...socketAddress(call, Reg.r8, Reg.r9)]], // recvfrom
  [70, ({ entry }) => [{ register: Reg.rsi, size: entry.number(Reg.rdx) + MESSAGE_TYPE }]], // msgrcv
  [61, () => [{ register: Reg.rsi, size: WORD }, { register: Reg.r10, size: RUSAGE }]], // wait4
  [128, () => [{ register: Reg.rsi, size: SIGINFO }]], // rt_sigtimedwait
  [232, epollEvents], // epoll_wait
  [243, (call) => [...readInto(call), { register: Reg.r10, size: WORD }]], // mq_timedreceive
  [247, () => [{ register: Reg.rdx, size: WAIT_INFO, withGaps: true }, { register: Reg.r8, size: RUSAGE }]], // waitid
  [270, descriptorSets], // pselect6
  [271, (call) => [...polledFiles(call), { register: Reg.rdx, size: TIME }]], // ppoll
  [281, epollEvents], // epoll_pwait
  [288, acceptedAddress], // accept4
  [441, epollEvents], // epoll_pwait2
]);

const SYS_RESTART_SYSCALL = 219;
const ERESTART_RESTARTBLOCK = 516;

/** The memory in one space: a slot for each call that sleeps. */
export class Scratch {
  private readonly large = new Slots(SLOT, SLOTS);
  private readonly small = new Slots(SMALL_SLOT, SMALL_SLOTS);

  constructor(private readonly start: number) {}

  private get end(): number {
    return this.start + SCRATCH_SIZE;
  }

  /** What a child of fork has: the same, and nobody sleeps there. */
  fork(): Scratch {
    return new Scratch(this.start);
  }

  overlaps(start: number, length: number): boolean {
    return start < this.end && this.start < start + length;
  }

  /** What is not in it of so many pages, as address and page count. */
  cutFrom(start: number, pages: number): (readonly [number, number])[] {
    const end = start + pages * PAGE_SIZE;
    const before = Math.min(end, this.start) - start;
    const behind = end - Math.max(start, this.end);
    return [[start, before / PAGE_SIZE] as const, [end - behind, behind / PAGE_SIZE] as const].filter(([, count]) => count > 0);
  }

  /** A slot for so many bytes. Undefined where all are in use. */
  take(size: number): number | undefined {
    const small = size <= SMALL_SLOT ? this.small.take() : undefined;
    if (small !== undefined) return this.start + SMALL_START + small;
    const large = this.large.take();
    return large === undefined ? undefined : this.start + large;
  }

  giveBack(at: number): void {
    const offset = at - this.start;
    if (offset < SMALL_START) this.large.giveBack(offset);
    else this.small.giveBack(offset - SMALL_START);
  }
}

/** Slots of one size, by their offsets: the one that was given back last is taken first. */
class Slots {
  private readonly free: number[] = [];
  private fresh = 0;

  constructor(
    private readonly size: number,
    private readonly count: number,
  ) {}

  take(): number | undefined {
    return this.free.pop() ?? (this.fresh < this.count ? this.size * this.fresh++ : undefined);
  }

  giveBack(offset: number): void {
    this.free.push(offset);
  }
}

/** Where one argument of a call points to instead. */
interface Part extends Pointer {
  /** In the guest's memory. */
  readonly address: number;
  /** In portrace's. */
  readonly place: number;
}

/** What was diverted of one call. */
export class Diversion {
  constructor(
    private readonly call: Call,
    private readonly scratch: Scratch,
    private readonly slot: number,
    private readonly parts: readonly Part[],
  ) {}

  enter(task: GuestTask): void {
    const registers = this.call.entry.clone();
    const found = capturedMemory(this.call.inputs);
    for (const { register, address, size, place, withGaps } of this.parts) {
      const input = withGaps ? task.tracee.read(address, size) : found.read(address, size);
      if (input.length > 0) task.tracee.write(place, input);
      registers.setNumber(register, place);
    }
    task.tracee.setRegisters(registers);
  }

  /** Copies what the call wrote. False where the guest may not write there any more. */
  copyOut({ tracee }: GuestTask, result: number): boolean {
    const { row, entry, inputs } = this.call;
    const written: GuestMemory = { read: (address, length) => tracee.read(this.placeOf(address), length) };
    return outputRanges(row!, entry, result, written, inputs).every(({ address, length }) => {
      const bytes = written.read(address, Math.max(length, 0));
      if (this.partAt(address)?.onlyRevents) keepRest(bytes, tracee.read(address, length));
      return bytes.length === 0 || tracee.copyOut(address, bytes) === bytes.length;
    });
  }

  end(): void {
    this.scratch.giveBack(this.slot);
  }

  private placeOf(address: number): number {
    const part = this.partAt(address);
    return part ? part.place + (address - part.address) : address;
  }

  private partAt(at: number): Part | undefined {
    return this.parts.find(({ address, size }) => address <= at && at < address + size);
  }
}

/** Puts what the call did not write of each pollfd to what it wrote. */
function keepRest(polled: Uint8Array, now: Uint8Array): void {
  for (let at = 0; at < now.length; at += POLLFD) polled.set(now.subarray(at, at + REVENTS), at);
}

/** Gives a space with threads the memory, behind a call of one of them. */
export function makeScratch(session: RecordSession, task: GuestTask): void {
  const { space } = task;
  // A tracer would see the call in its tracee; a filter might kill for it; a call that is to be restarted must come first.
  if (!space.wantsScratch || task.tracing || task.isFiltered || task.restarts || !session.takesPoints) return;
  space.wantsScratch = false;
  const held: Uint8Array[] = [];
  const site = space.syscallSite(task.tracee);
  // The guest's mappings may lie beside it: a buffer that goes beyond their end must not go on in it.
  const guard = task.makeCall(site, SYS_MMAP, [0, PAGE_SIZE + SCRATCH_SIZE + PAGE_SIZE, PROT_NONE, OWN_MEMORY, -1, 0], held);
  const start = guard + PAGE_SIZE;
  const isThere = guard > 0 && task.makeCall(site, SYS_MPROTECT, [start, SCRATCH_SIZE, PROT_READ_WRITE], held) === 0;
  session.resend(task, held);
  if (isThere) space.scratch = new Scratch(start);
}

/** A call is about to run: if it may sleep, while others of its space run, it writes elsewhere. */
export function divert(task: GuestTask, call: Call): void {
  if (task.toBeRestarted && goesOn(task, call, task.toBeRestarted)) return;
  const { scratch } = task.space;
  if (!scratch || task.space.users === 1) return;
  const pointers = DIVERTED.get(call.number)?.(call);
  if (!pointers || task.tracing || task.isFiltered) return;
  const parts: Part[] = [];
  let used = 0;
  for (const pointer of pointers) {
    const { register, size } = pointer;
    const address = call.entry.number(register);
    if (address === 0 || size <= 0) continue;
    const overlaps = parts.some((other) => other.address < address + size && address < other.address + other.size);
    // Where O_DIRECT asks for an alignment, the buffer has the one that the guest gave it.
    const place = used + ((((address - used) % PAGE_SIZE) + PAGE_SIZE) % PAGE_SIZE);
    used = place + size;
    if (used > SLOT || overlaps || !isWritable(task, address, size)) return;
    parts.push({ ...pointer, address, place });
  }
  const slot = used > 0 ? scratch.take(used) : undefined;
  if (slot === undefined) return;
  call.diversion = new Diversion(call, scratch, slot, parts.map((part) => ({ ...part, place: slot + part.place })));
  call.diversion.enter(task);
}

/** restart_syscall goes on with what the kernel has kept of poll's arguments. */
function goesOn(task: GuestTask, call: Call, interrupted: Diversion): boolean {
  task.toBeRestarted = undefined;
  if (call.number === SYS_RESTART_SYSCALL) {
    call.diversion = interrupted;
    return true;
  }
  interrupted.end();
  return false;
}

/** A call returned: the guest sees its result, and in its registers what they were. Answers the result. */
export function comeBack(task: GuestTask, call: Call, result: number, after: Registers): number {
  const diversion = call.diversion!;
  call.diversion = undefined;
  const told = diversion.copyOut(task, result) ? result : -EFAULT;
  if (told !== result) after.setNumber(Reg.rax, told);
  putBackArguments(call, after);
  task.tracee.setRegisters(after);
  if (result === -ERESTART_RESTARTBLOCK) task.toBeRestarted = diversion;
  else diversion.end();
  return told;
}

/** A call that has written nothing is not to go on in the host: `after` becomes what the guest has. */
export function endDiversion(call: Call, after: Registers): void {
  if (!call.diversion) return;
  call.diversion.end();
  call.diversion = undefined;
  putBackArguments(call, after);
}

function putBackArguments({ entry }: Call, after: Registers): void {
  for (const register of ARGUMENT_REGISTERS) after.setLong(register, entry.long(register));
}

/** Whether the kernel would not answer EFAULT. The ends are read, since those past the end of a mapped file are in its mapping. */
function isWritable({ tracee, space }: GuestTask, address: number, size: number): boolean {
  return space.isWritable(tracee, address, size) && [address, address + size - 1].every((at) => tracee.read(at, 1).length === 1);
}

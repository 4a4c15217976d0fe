/**
 * Registers are stored as the difference to what is known of the task from before. Writer and
 * reader keep the same history:
 *
 * - before each event of index 1 + n * KEYFRAME_INTERVAL, everything is forgotten: all zero;
 * - at an arrival with a call, orig_rax is expected to be its number, rax -ENOSYS, the argument
 *   registers its arguments, and (an instruction `syscall` does it) rcx to be rip and r11 eflags;
 * - the registers of an event and of a register change are then what is known of their task;
 * - a result of a call is rax from then on;
 * - a new task begins with what is known of its parent; at its exit a task is forgotten.
 */
import type { EventIndex, TaskId } from '../base/brands.js';
import { ARGUMENT_REGISTERS, Reg, REGISTER_COUNT, Registers } from '../base/registers.js';
import type { SyscallFacts } from './events.js';
import { KEYFRAME_INTERVAL } from './format.js';

const ENOSYS = 38;

// rip and eflags come first, so that rcx and r11 can be expected from them.
const ORDER: readonly number[] = [
  Reg.rip,
  Reg.eflags,
  ...Array.from({ length: REGISTER_COUNT }, (_, index) => index).filter(
    (index) => index !== Reg.rip && index !== Reg.eflags,
  ),
];
const EXPECTED_COPIES_AT = 2;

// Layout: which registers differ (bit = place in ORDER, 32-bit little-endian); the number of bytes
// of each difference, 1 … 8, two in a byte, low half first; the differences (exclusive or), little
// endian, without leading zeroes.
const MASK_SIZE = 4;

export class RegisterHistory {
  private readonly known = new Map<TaskId, Registers>();
  private readonly scratch = new Uint8Array(MASK_SIZE + 14 + REGISTER_COUNT * 8);
  private readonly lengths = new Uint8Array(REGISTER_COUNT);

  /** Call it before everything else of an event. */
  reach(event: EventIndex): void {
    if ((event - 1) % KEYFRAME_INTERVAL === 0) this.known.clear();
  }

  /** A task arrives with a call. */
  called(task: TaskId, call: SyscallFacts): void {
    const known = this.of(task);
    known.setNumber(Reg.orig_rax, call.number);
    known.setNumber(Reg.rax, -ENOSYS);
    for (let index = 0; index < 6; index++) {
      known.setLong(ARGUMENT_REGISTERS[index]!, call.arguments[index]!);
    }
  }

  returned(task: TaskId, result: bigint): void {
    this.of(task).setLong(Reg.rax, result);
  }

  born(task: TaskId, parent: TaskId): void {
    this.known.set(task, this.of(parent).clone());
  }

  gone(task: TaskId): void {
    this.known.delete(task);
  }

  /** Gives the difference, fresh, and takes the registers as known. */
  encode(task: TaskId, registers: Registers, withCall: boolean): Uint8Array {
    const known = this.of(task);
    let mask = 0;
    let count = 0;
    let end = MASK_SIZE + 14;
    for (let place = 0; place < REGISTER_COUNT; place++) {
      if (place === EXPECTED_COPIES_AT && withCall) expectCopies(known, registers);
      const index = ORDER[place]!;
      if (known.sameWord(index, registers)) continue;
      mask |= 1 << place;
      const length = this.difference(known.bytes, registers.bytes, { index, to: end });
      this.lengths[count++] = length;
      end += length;
    }
    known.copyFrom(registers);
    return this.pack(mask, count, end);
  }

  /** Gives the registers, fresh, and takes them as known. */
  decode(task: TaskId, blob: Uint8Array, withCall: boolean): Registers {
    const known = this.of(task);
    const mask = (blob[0]! | (blob[1]! << 8) | (blob[2]! << 16) | (blob[3]! << 24)) >>> 0;
    let half = MASK_SIZE * 2;
    let at = MASK_SIZE + ((bitCount(mask) + 1) >> 1);
    for (let place = 0; place < REGISTER_COUNT; place++) {
      if (place === EXPECTED_COPIES_AT && withCall) expectCopies(known, known);
      if ((mask & (1 << place)) === 0) continue;
      const length = (blob[half >> 1]! >> ((half & 1) * 4)) & 15;
      half++;
      const target = ORDER[place]! * 8;
      for (let byte = 0; byte < length; byte++) known.bytes[target + byte]! ^= blob[at++]!;
    }
    return known.clone();
  }

  private of(task: TaskId): Registers {
    let known = this.known.get(task);
    if (known === undefined) this.known.set(task, (known = new Registers()));
    return known;
  }

  private difference(
    before: Uint8Array,
    after: Uint8Array,
    place: { index: number; to: number },
  ): number {
    let length = 0;
    const at = place.index * 8;
    for (let byte = 0; byte < 8; byte++) {
      const changed = before[at + byte]! ^ after[at + byte]!;
      this.scratch[place.to + byte] = changed;
      if (changed !== 0) length = byte + 1;
    }
    return length;
  }

  private pack(mask: number, count: number, end: number): Uint8Array {
    const halves = (count + 1) >> 1;
    const start = MASK_SIZE + 14;
    const blob = new Uint8Array(MASK_SIZE + halves + (end - start));
    for (let byte = 0; byte < MASK_SIZE; byte++) blob[byte] = mask >>> (byte * 8);
    for (let index = 0; index < count; index++) {
      blob[MASK_SIZE + (index >> 1)]! |= this.lengths[index]! << ((index & 1) * 4);
    }
    blob.set(this.scratch.subarray(start, end), MASK_SIZE + halves);
    return blob;
  }
}

function expectCopies(known: Registers, arrived: Registers): void {
  known.setLong(Reg.rcx, arrived.long(Reg.rip));
  known.setLong(Reg.r11, arrived.long(Reg.eflags));
}

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/**
 * Registers are stored as the difference to a prediction. Writer and reader keep the same history:
 *
 * - before each event of index 1 + n * KEYFRAME_INTERVAL, everything is forgotten: all zero;
 * - the registers of an event and of a register change are then what is known of their task;
 * - a result of a call is rax from then on;
 * - a new task begins with what is known of its parent; at its exit a task is forgotten;
 * - at an arrival with a call, orig_rax is expected to be its number, rax -ENOSYS, the argument
 *   registers its arguments, and (an instruction `syscall` does it) rcx to be rip and r11 eflags.
 *
 * A guest does the same again and again, so each register is predicted to be one of three: what is known
 * of the task; what it was when any task last came to the same kind of event after the same two arrivals;
 * or after its stack pointer was the same. Which of them is learned for each register and each such
 * sequence of arrivals: after a wrong prediction it is the first that was right.
 */
import type { EventIndex, TaskId } from '../base/brands.js';
import { ARGUMENT_REGISTERS, Reg, REGISTER_COUNT, Registers } from '../base/registers.js';
import { Damage } from './damage.js';
import { EVENT_KINDS, type SyscallFacts, type TraceEvent } from './events.js';
import { KEYFRAME_INTERVAL } from './format.js';

const ENOSYS = 38;

// 101 is ptrace in the x86-64 table (arch/x86/entry/syscalls/syscall_64.tbl): its request is as good as a number.
const PTRACE = 101;

// rip and eflags come first, so that rcx and r11 can be expected from them.
export const REGISTER_ORDER: readonly number[] = [
  Reg.rip,
  Reg.eflags,
  ...Array.from({ length: REGISTER_COUNT }, (_, index) => index).filter((index) => index !== Reg.rip && index !== Reg.eflags),
];
export const FIRST_COPY = 2;

/** What kind of event it is, in short, and different kinds may have the same: below 2^LABEL_BITS. */
const LABEL_BITS = 17;
const LABELS = 2 ** LABEL_BITS;

/** The call of an arrival, and how many of its arguments are stored: all where that is not told. */
export interface ArrivalCall extends Pick<SyscallFacts, 'number' | 'arguments'> {
  readonly argumentCount?: number | undefined;
}

/** What is known of a task. */
interface Known {
  readonly registers: Registers;
  /** The labels of its last two arrivals, the later one in the low bits. */
  arrivals: number;
}

/** Where the task comes from, as the arrivals before tell. */
interface Sequence {
  /** The registers of the last task that came from there. */
  readonly registers: Registers;
  /** For each register the place of its prediction among the three. */
  readonly choices: Uint8Array;
}

/** What a register may be, in order: what is known of the task, of the sequence, of the stack. */
type Predictions = readonly [Registers, Registers, Registers];

/** Gives registers back. */
export interface RegisterReader {
  begin(index: EventIndex, event: Labelled): void;
  decodeArrival(task: TaskId, blob: Uint8Array, call: ArrivalCall | undefined): Registers;
  decodeChange(task: TaskId, blob: Uint8Array): Registers;
  returned(task: TaskId, result: bigint): void;
  born(task: TaskId, parent: TaskId): void;
  gone(task: TaskId): void;
}

type Labelled = Pick<TraceEvent, 'kind' | 'syscall' | 'signal'>;

/** What is remembered of arrivals, or of changes. */
class Past {
  private readonly sequences = new Map<number, Sequence>();
  private readonly stacks = new Map<number, Registers>();

  forget(): void {
    this.sequences.clear();
    this.stacks.clear();
  }

  sequence(key: number): Sequence {
    let sequence = this.sequences.get(key);
    if (sequence === undefined) {
      sequence = { registers: new Registers(), choices: new Uint8Array(REGISTER_COUNT) };
      this.sequences.set(key, sequence);
    }
    return sequence;
  }

  stack(key: number): Registers {
    let registers = this.stacks.get(key);
    if (registers === undefined) this.stacks.set(key, (registers = new Registers()));
    return registers;
  }
}

/** Within an event the order of calls is: begin, its registers, the result, then its effects by position. */
export class RegisterHistory implements RegisterReader {
  private readonly tasks = new Map<TaskId, Known>();
  private readonly arrivals = new Past();
  private readonly changes = new Past();
  private readonly scratch = new Uint8Array(REGISTER_COUNT * 9);
  private label = 0;

  begin(index: EventIndex, event: Labelled): void {
    if ((index - 1) % KEYFRAME_INTERVAL === 0) this.forget();
    this.label = labelOf(event);
  }

  returned(task: TaskId, result: bigint): void {
    this.of(task).registers.setLong(Reg.rax, result);
  }

  born(task: TaskId, parent: TaskId): void {
    this.tasks.set(task, { registers: this.of(parent).registers.clone(), arrivals: 0 });
  }

  gone(task: TaskId): void {
    this.tasks.delete(task);
  }

  /** Gives the difference, fresh, and takes the registers as known. */
  encodeArrival(task: TaskId, registers: Registers, call: ArrivalCall | undefined): Uint8Array {
    const known = this.of(task);
    const blob = this.encode(this.guess(this.arrivals, known, call), registers);
    this.arrived(known);
    return blob;
  }

  encodeChange(task: TaskId, registers: Registers): Uint8Array {
    return this.encode(this.guess(this.changes, this.of(task)), registers);
  }

  /** Gives the registers, fresh, and takes them as known. */
  decodeArrival(task: TaskId, blob: Uint8Array, call: ArrivalCall | undefined): Registers {
    const known = this.of(task);
    const registers = decode(this.guess(this.arrivals, known, call), blob);
    this.arrived(known);
    return registers;
  }

  decodeChange(task: TaskId, blob: Uint8Array): Registers {
    return decode(this.guess(this.changes, this.of(task)), blob);
  }

  private forget(): void {
    this.tasks.clear();
    this.arrivals.forget();
    this.changes.forget();
  }

  private of(task: TaskId): Known {
    let known = this.tasks.get(task);
    if (known === undefined) this.tasks.set(task, (known = { registers: new Registers(), arrivals: 0 }));
    return known;
  }

  private arrived(known: Known): void {
    known.arrivals = (known.arrivals % LABELS) * LABELS + this.label;
  }

  private guess(past: Past, { registers, arrivals }: Known, call?: ArrivalCall): Guess {
    const stack = past.stack((registers.int32(Reg.rsp) >>> 0) * LABELS + this.label);
    const sequence = past.sequence(arrivals * LABELS + this.label);
    const expected = call === undefined ? 0 : expectCall(registers, call);
    return { predictions: [registers, sequence.registers, stack], choices: sequence.choices, expected };
  }

  private encode(guess: Guess, registers: Registers): Uint8Array {
    let end = 0;
    for (let place = 0; place < REGISTER_COUNT; place++) {
      const predicted = predict(guess, place, registers);
      if (!predicted.sameWord(REGISTER_ORDER[place]!, registers)) end = this.difference(predicted.bytes, registers.bytes, { place, end });
    }
    learn(guess, registers);
    return this.scratch.slice(0, end);
  }

  /** Puts the place, the length and the difference behind `end`; gives the new end. */
  private difference(before: Uint8Array, after: Uint8Array, { place, end }: { place: number; end: number }): number {
    const at = REGISTER_ORDER[place]! * 8;
    let length = 0;
    for (let byte = 0; byte < 8; byte++) {
      const changed = before[at + byte]! ^ after[at + byte]!;
      this.scratch[end + 1 + byte] = changed;
      if (changed !== 0) length = byte + 1;
    }
    this.scratch[end] = (place << 3) | (length - 1);
    return end + 1 + length;
  }
}

function decode(guess: Guess, blob: Uint8Array): Registers {
  const registers = new Registers();
  let at = 0;
  for (let place = 0; place < REGISTER_COUNT; place++) {
    const index = REGISTER_ORDER[place]!;
    registers.copyWord(index, predict(guess, place, registers));
    if (at === blob.length || blob[at]! >> 3 !== place) continue;
    const end = at + 2 + (blob[at]! & 7);
    for (let target = index * 8; ++at < end; target++) registers.bytes[target]! ^= blob[at] ?? 0;
  }
  if (at !== blob.length) throw new Damage('its registers hold no registers');
  learn(guess, registers);
  return registers;
}

/** What is known before the registers are. */
interface Guess {
  readonly predictions: Predictions;
  readonly choices: Uint8Array;
  /** A bit for each register that the call tells; 0 without a call. */
  readonly expected: number;
}

/** The registers that hold the prediction for the one at that place; `arrived` has all at the places before. */
function predict({ predictions, choices, expected }: Guess, place: number, arrived: Registers): Registers {
  if (place === FIRST_COPY && expected !== 0) expectCopies(predictions[0], arrived);
  const index = REGISTER_ORDER[place]!;
  return expected & (1 << index) ? predictions[0] : predictions[choices[index]!]!;
}

/** Which predictions were right, and what is known from now on. */
function learn({ predictions, choices }: Guess, registers: Registers): void {
  for (let index = 0; index < REGISTER_COUNT; index++) {
    if (predictions[choices[index]!]!.sameWord(index, registers)) continue;
    const right = predictions.findIndex((prediction) => prediction.sameWord(index, registers));
    if (right >= 0) choices[index] = right;
  }
  for (const prediction of predictions) prediction.copyFrom(registers);
}

/** The low bits of kind, number and request, each at its place. */
function labelOf({ kind, syscall, signal }: Labelled): number {
  const number = syscall?.number ?? signal?.number ?? 0;
  const request = syscall?.number === PTRACE ? Number(syscall.arguments[0] & 0xffffn) : 0;
  return (EVENT_KINDS.indexOf(kind) + 16 * (number & 0xffff) + 257 * request) % LABELS;
}

const SET_BY_CALL = [Reg.orig_rax, Reg.rax, Reg.rcx, Reg.r11].reduce((bits, index) => bits | (1 << index), 0);

/** Takes what the call tells of the registers as known; gives a bit for each of these, and never 0. */
export function expectCall(known: Registers, call: ArrivalCall): number {
  known.setNumber(Reg.orig_rax, call.number);
  known.setNumber(Reg.rax, -ENOSYS);
  let expected = SET_BY_CALL;
  const count = call.argumentCount ?? ARGUMENT_REGISTERS.length;
  for (let index = 0; index < count; index++) {
    const register = ARGUMENT_REGISTERS[index]!;
    known.setLong(register, call.arguments[index]!);
    expected |= 1 << register;
  }
  return expected;
}

export function expectCopies(known: Registers, arrived: Registers): void {
  known.setLong(Reg.rcx, arrived.long(Reg.rip));
  known.setLong(Reg.r11, arrived.long(Reg.eflags));
}

/**
 * The general registers of an x86-64 task, laid out as `struct user_regs_struct`
 * (sys/user.h, arch/x86/include/asm/user_64.h): 27 little-endian 64-bit words.
 */

/** Index of each register in `struct user_regs_struct`. */
export const Reg = {
  r15: 0,
  r14: 1,
  r13: 2,
  r12: 3,
  rbp: 4,
  rbx: 5,
  r11: 6,
  r10: 7,
  r9: 8,
  r8: 9,
  rax: 10,
  rcx: 11,
  rdx: 12,
  rsi: 13,
  rdi: 14,
  orig_rax: 15,
  rip: 16,
  cs: 17,
  eflags: 18,
  rsp: 19,
  ss: 20,
  fs_base: 21,
  gs_base: 22,
  ds: 23,
  es: 24,
  fs: 25,
  gs: 26,
} as const;

export type RegisterName = keyof typeof Reg;
export type RegisterIndex = (typeof Reg)[RegisterName];

/** Register names by index. */
export const REGISTER_NAMES = Object.keys(Reg) as readonly RegisterName[];

/** Number of registers in a register file. */
export const REGISTER_COUNT = 27;

/** Bytes of a register file. */
export const REGISTER_FILE_SIZE = REGISTER_COUNT * 8;

/** Registers that hold the arguments of a system call, in order (syscall(2), x86-64 row). */
export const ARGUMENT_REGISTERS = [Reg.rdi, Reg.rsi, Reg.rdx, Reg.r10, Reg.r8, Reg.r9] as const;

const TWO_32 = 4294967296;

// Files are cut from larger pieces of memory: an ArrayBuffer for each costs more than all else about it.
const FILES_A_SLAB = 128;
let slab = new ArrayBuffer(0);
let slabUsed = 0;

function freshFile(): Uint8Array {
  if (slabUsed === slab.byteLength) {
    slab = new ArrayBuffer(FILES_A_SLAB * REGISTER_FILE_SIZE);
    slabUsed = 0;
  }
  slabUsed += REGISTER_FILE_SIZE;
  return new Uint8Array(slab, slabUsed - REGISTER_FILE_SIZE, REGISTER_FILE_SIZE);
}

// A register on its way to or from a bigint: a view of that kind for each file costs more than a copy of it.
const whole = new BigUint64Array(1);
const halves = new Uint32Array(whole.buffer);

/** One register file. Words are read as numbers where they fit and as bigints where they may not. */
export class Registers {
  readonly bytes: Uint8Array;
  private readonly words: Uint32Array;

  /** Wraps 216 bytes; they must be 8-byte aligned in their buffer. A fresh file is all zero. */
  constructor(bytes: Uint8Array = freshFile()) {
    this.bytes = bytes;
    this.words = new Uint32Array(bytes.buffer, bytes.byteOffset, REGISTER_COUNT * 2);
  }

  /** The register as an unsigned number; values of 2^53 and more lose their low bits. */
  number(index: number): number {
    return this.words[index * 2]! + this.words[index * 2 + 1]! * TWO_32;
  }

  /** The register as a signed 64-bit number; exact within ±2^53 (system call results are). */
  signed(index: number): number {
    return this.words[index * 2]! + (this.words[index * 2 + 1]! | 0) * TWO_32;
  }

  /** The low 32 bits, signed, as the kernel reads an `int` argument. */
  int32(index: number): number {
    return this.words[index * 2]! | 0;
  }

  /** The exact value, unsigned. */
  long(index: number): bigint {
    halves[0] = this.words[index * 2]!;
    halves[1] = this.words[index * 2 + 1]!;
    return whole[0]!;
  }

  setLong(index: number, value: bigint): void {
    whole[0] = value;
    this.words[index * 2] = halves[0]!;
    this.words[index * 2 + 1] = halves[1]!;
  }

  /** Sets a register from a number within ±2^53; negative values are sign-extended. */
  setNumber(index: number, value: number): void {
    const low = value >>> 0;
    this.words[index * 2] = low;
    this.words[index * 2 + 1] = Math.floor((value - low) / TWO_32) >>> 0;
  }

  sameWord(index: number, other: Registers): boolean {
    const at = index * 2;
    return this.words[at] === other.words[at] && this.words[at + 1] === other.words[at + 1];
  }

  /** Whether the files are the same but for two registers. */
  sameBut(other: Registers, one: RegisterIndex, two: RegisterIndex): boolean {
    for (let at = 0; at < REGISTER_COUNT * 2; at++) {
      if (this.words[at] !== other.words[at] && at >> 1 !== one && at >> 1 !== two) return false;
    }
    return true;
  }

  copyWord(index: number, other: Registers): void {
    this.words[index * 2] = other.words[index * 2]!;
    this.words[index * 2 + 1] = other.words[index * 2 + 1]!;
  }

  copyFrom(other: Registers): void {
    this.words.set(other.words);
  }

  clone(): Registers {
    const copy = new Registers();
    copy.copyFrom(this);
    return copy;
  }

  /** Indexes of the registers that differ. */
  differences(other: Registers): number[] {
    const found: number[] = [];
    for (let index = 0; index < REGISTER_COUNT; index++) {
      if (!this.sameWord(index, other)) found.push(index);
    }
    return found;
  }
}

/** The six arguments of the system call that the registers are about to make, unsigned. */
export function callArguments(registers: Registers): [bigint, bigint, bigint, bigint, bigint, bigint] {
  const [a, b, c, d, e, f] = ARGUMENT_REGISTERS;
  return [
    registers.long(a),
    registers.long(b),
    registers.long(c),
    registers.long(d),
    registers.long(e),
    registers.long(f),
  ];
}

/** Bytes of the `syscall` instruction. */
const SYSCALL_SIZE = 2;

/** Where a task was before the instruction of the call whose entry it has come to. */
export function beforeCall(entry: Registers): Registers {
  const before = entry.clone();
  before.setLong(Reg.rax, entry.long(Reg.orig_rax));
  before.setNumber(Reg.rip, entry.number(Reg.rip) - SYSCALL_SIZE);
  before.setNumber(Reg.orig_rax, -1);
  return before;
}

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

/** One register file. Words are read as numbers where they fit and as bigints where they may not. */
export class Registers {
  readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  #longs: BigUint64Array | undefined;

  /** Wraps 216 bytes; they must be 8-byte aligned in their buffer. A fresh file is all zero. */
  constructor(bytes: Uint8Array = new Uint8Array(REGISTER_FILE_SIZE)) {
    this.bytes = bytes;
    this.words = new Uint32Array(bytes.buffer, bytes.byteOffset, REGISTER_COUNT * 2);
  }

  // A view costs as much as a copy of the file, and most files are never asked for a bigint.
  private get longs(): BigUint64Array {
    return (this.#longs ??= new BigUint64Array(this.bytes.buffer, this.bytes.byteOffset, REGISTER_COUNT));
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
    return this.longs[index]!;
  }

  setLong(index: number, value: bigint): void {
    this.longs[index] = value;
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

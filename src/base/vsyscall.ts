/**
 * The vsyscall page (asm/vsyscall.h): three functions at fixed addresses in the kernel's half, which the kernel carries out when
 * they are called, without a stop for a tracer. Code that has such an address is made to have one of which it traps.
 */

/** A function of the page, by the system call that does the same. */
export interface Vsyscall {
  readonly number: number;
  /** Bytes that it writes behind each of its arguments, where that is not NULL. */
  readonly writes: readonly number[];
}

/** struct timeval and struct timezone; time_t; two of unsigned. */
const FUNCTIONS: readonly Vsyscall[] = [
  { number: 96, writes: [16, 8] }, // gettimeofday
  { number: 201, writes: [8] }, // time
  { number: 309, writes: [4, 4] }, // getcpu
];

const STEP = 0x400n;

/** What takes the place of the third and the fourth byte of the address: no user page is there, nor will one be. */
export const VSYSCALL_TRAP = Uint8Array.of(0x50, 0xff);
const TRAPPING_PAGE = 0xffffffffff500000n;

/** The function that a task meant that has come to an address, unsigned. */
export function vsyscallAt(address: bigint): Vsyscall | undefined {
  const behind = address - TRAPPING_PAGE;
  return behind >= 0n && behind % STEP === 0n ? FUNCTIONS[Number(behind / STEP)] : undefined;
}

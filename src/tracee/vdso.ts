/** Hides the kernel's vDSO from a program that just started, so that libc makes real calls. */
import { Reg, Registers } from '../base/registers.js';
import type { Tracee } from './tracee.js';

/** linux/auxvec.h */
const AT_NULL = 0n;
const AT_IGNORE = 1n;
const AT_RANDOM = 25n;
const AT_SYSINFO_EHDR = 33n;

/** Bytes of a stack that most programs begin with, and more than pointers to arguments and environment, and the vector take. */
const USUAL = 1 << 14;
const MOST = 4 << 20;

/** Makes the auxiliary vector's pointer to the vDSO void. The task is at execve's return. */
export function hideVdso(tracee: Tracee): void {
  const stack = tracee.registers(new Registers()).number(Reg.rsp);
  const at = vdsoEntry(tracee.read(stack, USUAL)) ?? vdsoEntry(tracee.read(stack, MOST));
  if (at !== undefined && at !== 0) tracee.write(stack + at, new Uint8Array(new BigUint64Array([AT_IGNORE, 0n]).buffer));
}

/** The address of the 16 random bytes that a program is given at its start; undefined where it has none. */
export function randomBytesAddress(memory: { read(address: number, length: number): Uint8Array }, stack: number): number | undefined {
  const bytes = new Uint8Array(memory.read(stack, MOST));
  const at = entryOf(bytes, AT_RANDOM);
  return at === undefined || at === 0 ? undefined : Number(new DataView(bytes.buffer).getBigUint64(at + 8, true));
}

const vdsoEntry = (stack: Uint8Array): number | undefined => entryOf(stack, AT_SYSINFO_EHDR);

/** Offset of an entry of the auxiliary vector; 0 where there is none, undefined where the bytes end before the vector. */
function entryOf(stack: Uint8Array, type: bigint): number | undefined {
  const words = new BigUint64Array(stack.buffer, stack.byteOffset, Math.floor(stack.length / 8));
  let at = 1 + Number(words[0]) + 1;
  while (at < words.length && words[at] !== 0n) at++;
  for (at++; at + 1 < words.length && words[at] !== AT_NULL; at += 2) if (words[at] === type) return at * 8;
  return at + 1 < words.length ? 0 : undefined;
}

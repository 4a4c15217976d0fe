/** Hides the kernel's vDSO from a program that just started, so that libc makes real calls. */
import { Reg, Registers } from '../base/registers.js';
import type { Tracee } from './tracee.js';

/** linux/auxvec.h */
const AT_NULL = 0n;
const AT_IGNORE = 1n;
const AT_SYSINFO_EHDR = 33n;

/** More than arguments, environment and auxiliary vector take, bytes. */
const MOST = 4 << 20;

/** Makes the auxiliary vector's pointer to the vDSO void. The task is at execve's return. */
export function hideVdso(tracee: Tracee): void {
  const stack = tracee.registers(new Registers()).number(Reg.rsp);
  const bytes = tracee.read(stack, MOST);
  const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 8));
  let at = 1 + Number(words[0]) + 1;
  while (words[at] !== 0n) at++;
  for (at++; at + 1 < words.length && words[at] !== AT_NULL; at += 2) {
    if (words[at] !== AT_SYSINFO_EHDR) continue;
    tracee.write(stack + at * 8, new Uint8Array(new BigUint64Array([AT_IGNORE, 0n]).buffer));
  }
}

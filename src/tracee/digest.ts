/**
 * Digests of memory. Where the guest saves extended state (XSAVEC), the processor leaves out parts that it takes for
 * unused, which depends on interrupts: of a state with all registers zero, an AMD EPYC of 2023 saves another part
 * once in 50,000 times. The dynamic linker does so below the stack pointer whenever it binds a function, and a kernel
 * that is itself a guest copies that stack with the rest of a page. Such areas count as zero, wherever they are, and so
 * does what lies below a task's stack pointer: it is dead, and may hold what is left of one.
 */
import { createHash } from 'node:crypto';
import type { PageRun } from '../trace/events.js';
import { addon } from './addon.js';
import { answered } from './errno.js';
import type { Tracee } from './tracee.js';

/** Bytes below the stack pointer that belong to a function nevertheless (System V AMD64 ABI, 3.2.2). */
const RED_ZONE = 128;
/** How far below the stack pointer memory counts as dead, bytes. */
const DEAD_STACK = 65536;

export const DIGEST_SIZE = 16;

/** The header of an XSAVE area (Intel SDM 13.4): what it says of unused parts varies, their values do not. */
const XSAVE_HEADER = 512;
const XSAVE_HEADER_END = 576;

/** What is digested. */
export interface Digested {
  readonly pages: readonly PageRun[];
  /** The dead part of these stacks counts as zero. */
  readonly stackPointers: readonly number[];
  /** Areas that XSAVEC filled count as well, as in traces of before format 5. */
  readonly savedState?: boolean;
}

/**
 * The digest of a task's whole state but for its general registers: memory, as digestMemory tells,
 * and, laid over it, MD5 of the extended state without its header.
 */
export function digestState(tracee: Tracee, digested: Digested): Uint8Array {
  const digest = digestMemory(tracee.tid, digested);
  const xstate = tracee.xstate();
  xstate.fill(0, XSAVE_HEADER, XSAVE_HEADER_END);
  const vector = createHash('md5').update(xstate).digest();
  for (let i = 0; i < digest.length; i++) digest[i]! ^= vector[i]!;
  return digest;
}

/** XXH3 (128 bit) of pages of a task's memory. */
export function digestMemory(tid: number, { pages, stackPointers, savedState = false }: Digested): Uint8Array {
  const runs = Float64Array.from(pages.flatMap((run) => [run.address, run.pages]));
  const windows = Float64Array.from(stackPointers.flatMap((top) => [Math.max(0, top - DEAD_STACK), top - RED_ZONE]));
  const digest = new Uint8Array(DIGEST_SIZE);
  answered(addon.digestPages(tid, runs, windows, savedState, digest), tid, 'read memory');
  return digest;
}

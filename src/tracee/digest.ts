/**
 * Digests of memory. What lies below a task's stack pointer is dead, and not the same each time: the
 * dynamic linker saves extended state there (XSAVEC), of which the processor leaves out parts that
 * it takes for unused, as it likes. It counts as zero.
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

/**
 * The digest of a task's whole state but for its general registers: memory, as digestMemory tells,
 * and, laid over it, MD5 of the extended state without its header.
 */
export function digestState(tracee: Tracee, pages: readonly PageRun[], stackPointers: readonly number[]): Uint8Array {
  const digest = digestMemory(tracee.tid, pages, stackPointers);
  const xstate = tracee.xstate();
  xstate.fill(0, XSAVE_HEADER, XSAVE_HEADER_END);
  const vector = createHash('md5').update(xstate).digest();
  for (let i = 0; i < digest.length; i++) digest[i]! ^= vector[i]!;
  return digest;
}

/** XXH3 (128 bit) of pages of a task's memory, but for the dead part of the given stacks. */
export function digestMemory(tid: number, pages: readonly PageRun[], stackPointers: readonly number[]): Uint8Array {
  const runs = Float64Array.from(pages.flatMap((run) => [run.address, run.pages]));
  const windows = Float64Array.from(stackPointers.flatMap((top) => [Math.max(0, top - DEAD_STACK), top - RED_ZONE]));
  const digest = new Uint8Array(DIGEST_SIZE);
  answered(addon.digestPages(tid, runs, windows, digest), tid, 'read memory');
  return digest;
}

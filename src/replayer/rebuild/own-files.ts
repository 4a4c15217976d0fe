/**
 * Files without a name that a guest makes to map them: its own memory, as a User-Mode Linux kernel has
 * it. Another build has its pages elsewhere in there, and other bytes on them; so what is written to
 * such a file, and where, counts no more than what is written to memory.
 */
import { Reg } from '../../base/registers.js';
import type { ObjectId } from '../../base/brands.js';
import type { Latitude } from './asked.js';
import { unsupported } from './unsupported.js';
import type { Entry } from './places.js';
import type { RebuildTask } from './task.js';

/** open(2), memfd_create(2) */
const O_TMPFILE = 0x410000;
/** mmap(2) */
const MAP_FIXED = 0x10;

export interface OwnFile {
  /** The stand-in, from the first shared mapping on. Until then it is a file like others. */
  object: ObjectId | undefined;
  /** Where the next write goes. */
  position: number;
  /** What the new build has written until then. */
  readonly written: { readonly at: number; readonly bytes: Uint8Array }[];
}

/** By number (asm/unistd_64.h): which argument is the descriptor. */
const SYS = { write: 1, mmap: 9, lseek: 8, pwrite64: 18 } as const;
const DESCRIPTORS: ReadonlyMap<number, number> = new Map([
  [SYS.write, Reg.rdi],
  [SYS.lseek, Reg.rdi],
  [SYS.pwrite64, Reg.rdi],
  [SYS.mmap, Reg.r8],
]);

/** read, pread64, readv, preadv, preadv2 */
const READS: ReadonlySet<number> = new Set([0, 17, 19, 295, 327]);
const MOVING_READS: ReadonlySet<number> = new Set([0, 19]);

/**
 * What of a call to compare does not count; undefined where it has nothing to do with the guest's own
 * memory. A program that has it at another address has its end in the same place.
 */
export function latitudeOf(task: RebuildTask, recorded: Entry, actual: Entry): Latitude | undefined {
  const { number, args } = recorded;
  const register = DESCRIPTORS.get(number);
  const file = register === undefined ? undefined : task.files.get(args.int32(register));
  if (number !== SYS.mmap) return file?.object === undefined ? undefined : 'place';
  if (!file) return undefined;
  const isMoved = (args.int32(Reg.r10) & MAP_FIXED) !== 0 && args.long(Reg.rdi) !== actual.args.long(Reg.rdi);
  return isMoved && endOf(recorded) === endOf(actual) ? 'extent' : 'place';
}

const endOf = ({ args }: Entry): bigint => args.long(Reg.rdi) + args.long(Reg.rsi);

/** Keeps count of where a read leaves a file; refuses to give what another build may have put there. */
export function noteRead(task: RebuildTask, { number, args }: Entry, result: bigint): void {
  const file = READS.has(number) ? task.files.get(args.int32(Reg.rdi)) : undefined;
  if (!file) return;
  if (file.object !== undefined) throw unsupported('reading a nameless file that the guest maps shared');
  if (MOVING_READS.has(number) && result > 0n) file.position += Number(result);
}

export const makesOwnFile = (flags: number): boolean => (flags & O_TMPFILE) === O_TMPFILE;

export const newOwnFile = (): OwnFile => ({ object: undefined, position: 0, written: [] });

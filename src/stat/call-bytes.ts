/** How many bytes a call moved by its descriptors, told by its result. */

/**
 * read, pread64, readv, preadv, preadv2, recvfrom, recvmsg, getdents, getdents64;
 * arch/x86/entry/syscalls/syscall_64.tbl.
 */
const READS: ReadonlySet<number> = new Set([0, 17, 19, 295, 327, 45, 47, 78, 217]);
/** write, pwrite64, writev, pwritev, pwritev2, sendto, sendmsg. */
const WRITES: ReadonlySet<number> = new Set([1, 18, 20, 296, 328, 44, 46]);
/** sendfile, splice, tee, copy_file_range: from one descriptor to another. */
const COPIES: ReadonlySet<number> = new Set([40, 275, 276, 326]);

export const isWrite = (number: number): boolean => WRITES.has(number);

export function callBytes(number: number, result: number): { readonly read: number; readonly written: number } {
  const bytes = Math.max(0, result);
  const copied = COPIES.has(number);
  return { read: copied || READS.has(number) ? bytes : 0, written: copied || WRITES.has(number) ? bytes : 0 };
}

/** Which calls move data, and how much of the data counts: by what the descriptor refers to. */
import type { TaskId } from '../base/brands.js';
import { showDescriptor, type Descriptor } from '../mappings/index.js';
import type { GuestState } from './guest-state.js';
import type { Rules } from './rules.js';
import type { DataUse } from './words.js';

/** read, pread64, readv, recvfrom, recvmsg, preadv, recvmmsg, preadv2; arch/x86/entry/syscalls/syscall_64.tbl. */
const READS: ReadonlySet<number> = new Set([0, 17, 19, 45, 47, 295, 299, 327]);
/** write, pwrite64, writev, sendto, sendmsg, pwritev, sendmmsg, pwritev2. */
const WRITES: ReadonlySet<number> = new Set([1, 18, 20, 44, 46, 296, 307, 328]);
/** splice, tee, sendfile: between two descriptors, and the argument that is the second. */
const MOVES: ReadonlyMap<number, 1 | 2> = new Map([[275, 2], [276, 1], [40, 1]]);
/** execve, execveat: the arguments are text that the task made. */
const EXECUTES: ReadonlySet<number> = new Set([59, 322]);
/** getdents, getdents64. */
const LISTS: ReadonlySet<number> = new Set([78, 217]);

const RANDOM_FILES: ReadonlySet<string> = new Set(['/dev/urandom', '/dev/random']);
/** What the kernel makes up when it is read. */
export const isChanging = (path: string): boolean => /^\/+(proc|sys)(\/|$)/.test(path);
const isTerminal = (path: string): boolean => /^\/dev\/(tty|pts|console|ptmx)/.test(path);

/** Its data is text that the task may have made. */
export const movesText = (number: number): boolean => WRITES.has(number) || EXECUTES.has(number);
export const isRead = (number: number): boolean => READS.has(number);
export const isListing = (number: number): boolean => LISTS.has(number);
/** Which argument is the second descriptor of a call that moves data from one to another. */
export const otherEnd = (number: number): 1 | 2 | undefined => MOVES.get(number);
/** Its result says how much data came. */
export const saysHowMuch = (number: number): boolean => READS.has(number) || MOVES.has(number);
export const isWrite = (number: number): boolean => WRITES.has(number);

/** Data comes in pieces whose number depends on time. */
export const isStream = ({ sort, name }: Descriptor): boolean =>
  sort === 'pipe' || sort === 'socket' || sort === 'other' || isTerminal(name);

interface DataCall {
  readonly number: number;
  readonly task: TaskId;
  /** What argument 0 refers to, where it is a descriptor. */
  readonly descriptor: Descriptor | undefined;
  /** Where the data goes or comes from besides. */
  readonly other: Descriptor | undefined;
}

/** How the data of the call counts. Notes who learns from whom. */
export function dataUse(state: GuestState, rules: Rules, { number, task, descriptor, other }: DataCall): DataUse {
  const learned = state.lessons.of(task);
  if (isWrite(number) || EXECUTES.has(number)) {
    if (descriptor && learned.varying) state.lessons.wrote(task, showDescriptor(descriptor));
    return learned.varying && rules.has('varying-text') ? 'numbers' : 'all';
  }
  if (MOVES.has(number)) return [descriptor, other].some((end) => end && isStream(end)) && rules.has('stream-pieces') ? 'none' : 'all';
  if (!descriptor || !(isRead(number) || LISTS.has(number))) return 'all';
  const { name } = descriptor;
  state.lessons.read(task, showDescriptor(descriptor));
  const isRandom = RANDOM_FILES.has(name) && rules.has('random');
  if (isRandom || (isChanging(name) && rules.has('proc-files'))) {
    if (isRead(number)) learned.varying = true;
    return 'none';
  }
  if (isStream(descriptor) && rules.has('stream-pieces')) return 'none';
  return 'all';
}

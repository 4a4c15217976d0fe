/** Waiting for descriptors: include/uapi/asm-generic/poll.h, linux/eventpoll.h, posix_types.h, Linux 6.1. */
import { EPOLL_EVENTS, POLL_EVENTS } from '../constants/files.js';
import { PLAIN, showScalar, type MemoryKind, type Wording } from './kind.js';
import { flagsOf } from './names.js';
import { descriptor, hex, scalar } from './numbers.js';
import { membersShown, struct } from './struct.js';

const pollEvents = flagsOf('poll events', POLL_EVENTS, { bytes: 2 });

const wholePollfd = struct('pollfd', 8, { fd: [0, descriptor], events: [4, pollEvents], revents: [6, pollEvents] });
/** As the call finds it; what came is in the result. */
export const pollfd: MemoryKind = { ...wholePollfd, strace: (bytes, _length, words) => `{${membersShown(wholePollfd.members!.slice(0, 2), bytes, words)}}` };
export const polledEvents = (bytes: Uint8Array, words: Wording): string => `{${membersShown([wholePollfd.members![0]!, wholePollfd.members![2]!], bytes, words)}}`;
/** What the guest wants to be told: a number or a pointer of its own. */
const cookie = scalar('cookie', { bytes: 8, compare: 'address', show: hex });
/** Packed on x86-64. */
export const epollEvent = struct('epoll_event', 12, { events: [0, flagsOf('epoll events', EPOLL_EVENTS)], data: [4, { ...cookie, strace: (value: bigint) => `{u32=${value & 0xffffffffn}, u64=${value}}` }] });

/** Members of a set of bits, in order. */
export function membersOf(bytes: Uint8Array): number[] {
  const members: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) if ((bytes[at]! >> bit) & 1) members.push(at * 8 + bit);
  }
  return members;
}

/** A set of descriptors, in whole 64-bit words. */
export const descriptorSet: MemoryKind = {
  name: 'descriptor set',
  size: 8,
  compare: 'same',
  whole: true,
  show: (bytes, _length, words = PLAIN) => `[${membersOf(bytes).map((member) => showScalar(descriptor, BigInt(member), words)).join(' ')}]`,
};

/** A set of processors or memory nodes. */
export const processorSet: MemoryKind = {
  ...descriptorSet,
  name: 'processor set',
  size: 1,
  compare: 'processor',
  show: (bytes) => `[${membersOf(bytes).join(' ')}]`,
};

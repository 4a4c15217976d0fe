/**
 * What goes through descriptors: reading, writing, waiting, asynchronous input and output.
 * Checked against fs/read_write.c, select.c, eventpoll.c, splice.c, aio.c of Linux 6.6.
 */
import { both, reads, updates, writes } from '../argument.js';
import { bitsOf, bytesIn, count, one, returned, times } from '../extent.js';
import { completedEvents, submittedBlocks } from '../irregular/aio.js';
import { ioctlArgument, ioctlRequest } from '../irregular/ioctl.js';
import { vector } from '../irregular/iovec.js';
import { bytes, opaque } from '../kinds/bytes.js';
import * as file from '../kinds/files.js';
import { address, bits32, descriptor, fileOffset, int, long, size, uint } from '../kinds/numbers.js';
import { descriptorSet, epollEvent, pollfd } from '../kinds/polling.js';
import { maskArgument, signalfdFlags, signalSet } from '../kinds/signals.js';
import { timespec, timeval, toldTimespec } from '../kinds/time.js';
import { always, unlessInvalid } from '../outcome.js';
import type { Family } from '../row.js';

export const DESCRIPTORS: Family = {
  read: [0, { fd: descriptor, buffer: writes(bytes, returned('count')), count: size }],
  write: [1, { fd: descriptor, buffer: reads(bytes, count('count')), count: size }],
  // revents are written even where a signal ended the wait.
  poll: [7, { fds: updates(pollfd, count('count'), unlessInvalid), count: uint, timeout: int }],
  lseek: [8, { fd: descriptor, offset: fileOffset, whence: file.seekOrigin }, fileOffset],
  ioctl: [16, { fd: descriptor, request: ioctlRequest, argument: ioctlArgument('request') }],
  pread64: [17, { fd: descriptor, buffer: writes(bytes, returned('count')), count: size, offset: fileOffset }],
  pwrite64: [18, { fd: descriptor, buffer: reads(bytes, count('count')), count: size, offset: fileOffset }],
  readv: [19, { fd: descriptor, vector: vector('count', 'out'), count: size }],
  writev: [20, { fd: descriptor, vector: vector('count', 'in'), count: size }],
  pipe: [22, { fds: writes(descriptor, times(2)) }],
  // The time that is left is written back even where the call fails.
  select: [
    23,
    {
      count: int,
      readable: updates(descriptorSet, bitsOf('count')),
      writable: updates(descriptorSet, bitsOf('count')),
      exceptional: updates(descriptorSet, bitsOf('count')),
      timeout: updates(timeval, one, always),
    },
  ],
  sendfile: [40, { out: descriptor, in: descriptor, offset: updates(fileOffset, one, always), count: size }],
  fsync: [74, { fd: descriptor }],
  fdatasync: [75, { fd: descriptor }],
  readahead: [187, { fd: descriptor, offset: fileOffset, count: size }],
  io_getevents: [208, { context: address, least: long, most: long, events: completedEvents, timeout: reads(timespec) }],
  io_submit: [209, { context: address, count: long, blocks: submittedBlocks('count') }],
  io_cancel: [210, { context: address, block: reads(opaque('iocb', 64)), event: writes(opaque('io_event', 32)) }],
  epoll_create: [213, { size: int }, descriptor],
  fadvise64: [221, { fd: descriptor, offset: fileOffset, length: size, advice: file.fileAdvice }],
  epoll_wait: [232, { epfd: descriptor, events: writes(epollEvent, returned('most')), most: int, timeout: int }],
  epoll_ctl: [233, { epfd: descriptor, operation: file.epollOperation, fd: descriptor, event: reads(epollEvent) }],
  pselect6: [
    270,
    {
      count: int,
      readable: updates(descriptorSet, bitsOf('count')),
      writable: updates(descriptorSet, bitsOf('count')),
      exceptional: updates(descriptorSet, bitsOf('count')),
      timeout: both(reads(timespec), writes(toldTimespec, one, always)),
      mask: reads(maskArgument),
    },
  ],
  ppoll: [
    271,
    {
      fds: updates(pollfd, count('count'), unlessInvalid),
      count: uint,
      timeout: both(reads(timespec), writes(toldTimespec, one, always)),
      mask: reads(signalSet, bytesIn('maskSize')),
      maskSize: size,
    },
  ],
  splice: [
    275,
    {
      in: descriptor,
      inOffset: updates(fileOffset),
      out: descriptor,
      outOffset: updates(fileOffset),
      count: size,
      flags: file.spliceFlags,
    },
  ],
  tee: [276, { in: descriptor, out: descriptor, count: size, flags: file.spliceFlags }],
  sync_file_range: [277, { fd: descriptor, offset: fileOffset, count: fileOffset, flags: file.syncRangeFlags }],
  // Reads the buffers or fills them: which, only the kind of pipe end tells.
  vmsplice: [278, { fd: descriptor, vector: vector('count', 'inout'), count: size, flags: file.spliceFlags }],
  epoll_pwait: [
    281,
    {
      epfd: descriptor,
      events: writes(epollEvent, returned('most')),
      most: int,
      timeout: int,
      mask: reads(signalSet, bytesIn('maskSize')),
      maskSize: size,
    },
  ],
  signalfd: [282, { fd: descriptor, mask: reads(signalSet, bytesIn('maskSize')), maskSize: size }, descriptor],
  eventfd: [284, { value: uint }, descriptor],
  fallocate: [285, { fd: descriptor, mode: file.fallocateMode, offset: fileOffset, length: fileOffset }],
  signalfd4: [289, { fd: descriptor, mask: reads(signalSet, bytesIn('maskSize')), maskSize: size, flags: signalfdFlags }, descriptor],
  eventfd2: [290, { value: uint, flags: file.eventfdFlags }, descriptor],
  epoll_create1: [291, { flags: file.epollCreateFlags }, descriptor],
  pipe2: [293, { fds: writes(descriptor, times(2)), flags: file.descriptorFlags }],
  // The upper half of the offset is for 32-bit kernels.
  preadv: [295, { fd: descriptor, vector: vector('count', 'out'), count: size, offset: fileOffset, offsetHigh: long }],
  pwritev: [296, { fd: descriptor, vector: vector('count', 'in'), count: size, offset: fileOffset, offsetHigh: long }],
  copy_file_range: [
    326,
    { in: descriptor, inOffset: updates(fileOffset), out: descriptor, outOffset: updates(fileOffset), count: size, flags: bits32 },
  ],
  preadv2: [
    327,
    { fd: descriptor, vector: vector('count', 'out'), count: size, offset: fileOffset, offsetHigh: long, flags: file.readWriteFlags },
  ],
  pwritev2: [
    328,
    { fd: descriptor, vector: vector('count', 'in'), count: size, offset: fileOffset, offsetHigh: long, flags: file.readWriteFlags },
  ],
  io_pgetevents: [
    333,
    { context: address, least: long, most: long, events: completedEvents, timeout: reads(timespec), mask: reads(maskArgument) },
  ],
  io_uring_setup: [425, { entries: uint, parameters: updates(opaque('io_uring_params', 120)) }, descriptor],
  io_uring_enter: [426, { fd: descriptor, submit: uint, least: uint, flags: bits32, argument: address, size }],
  io_uring_register: [427, { fd: descriptor, operation: uint, argument: address, count: uint }],
  epoll_pwait2: [
    441,
    {
      epfd: descriptor,
      events: writes(epollEvent, returned('most')),
      most: int,
      timeout: reads(timespec),
      mask: reads(signalSet, bytesIn('maskSize')),
      maskSize: size,
    },
  ],
  cachestat: [451, { fd: descriptor, range: reads(opaque('cachestat_range', 16)), status: writes(opaque('cachestat', 40)), flags: bits32 }],
};

/** The kernel maps a ring of events into the process, and writes it at any time. */
export const EVENT_RINGS: Family = {
  io_setup: [206, { events: uint, context: updates(address) }],
  io_destroy: [207, { context: address }],
};

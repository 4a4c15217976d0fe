/** Sockets: net/socket.c, Linux 6.6. */
import { both, reads, updates, writes } from '../argument.js';
import { count, lengthAt, one, returned, times } from '../extent.js';
import { receivedMessage, receivedMessages, sentMessage, sentMessages } from '../irregular/msghdr.js';
import { optionName, optionValue } from '../irregular/socket-option.js';
import { bytes } from '../kinds/bytes.js';
import { descriptor, int, size, uint } from '../kinds/numbers.js';
import { sockaddr } from '../kinds/sockaddr.js';
import { family, level, messageFlags, shutdownHow, socketFlags, socketType } from '../kinds/sockets.js';
import { timespec, toldTimespec } from '../kinds/time.js';
import { always, positive } from '../outcome.js';
import type { Family } from '../row.js';

export const SOCKETS: Family = {
  socket: [41, { family, type: socketType, protocol: int }, descriptor],
  connect: [42, { fd: descriptor, address: reads(sockaddr, count('length')), length: int }],
  accept: [43, { fd: descriptor, address: writes(sockaddr, lengthAt('length')), length: updates(int) }, descriptor],
  sendto: [
    44,
    {
      fd: descriptor,
      buffer: reads(bytes, count('count')),
      count: size,
      flags: messageFlags,
      address: reads(sockaddr, count('length')),
      length: int,
    },
  ],
  recvfrom: [
    45,
    {
      fd: descriptor,
      buffer: writes(bytes, returned('count')),
      count: size,
      flags: messageFlags,
      address: writes(sockaddr, lengthAt('length')),
      length: updates(int),
    },
  ],
  sendmsg: [46, { fd: descriptor, message: sentMessage, flags: messageFlags }],
  recvmsg: [47, { fd: descriptor, message: receivedMessage, flags: messageFlags }],
  shutdown: [48, { fd: descriptor, how: shutdownHow }],
  bind: [49, { fd: descriptor, address: reads(sockaddr, count('length')), length: int }],
  listen: [50, { fd: descriptor, backlog: int }],
  getsockname: [51, { fd: descriptor, address: writes(sockaddr, lengthAt('length')), length: updates(int) }],
  getpeername: [52, { fd: descriptor, address: writes(sockaddr, lengthAt('length')), length: updates(int) }],
  socketpair: [53, { family, type: socketType, protocol: int, fds: writes(descriptor, times(2)) }],
  setsockopt: [54, { fd: descriptor, level, option: optionName, value: reads(bytes, count('length')), length: int }],
  // Some options store the length that they need where they fail with ERANGE.
  getsockopt: [
    55,
    { fd: descriptor, level, option: optionName, value: optionValue, length: updates(int, one, always) },
  ],
  accept4: [
    288,
    { fd: descriptor, address: writes(sockaddr, lengthAt('length')), length: updates(int), flags: socketFlags },
    descriptor,
  ],
  // The time that is left is stored once something came.
  recvmmsg: [
    299,
    {
      fd: descriptor,
      messages: receivedMessages('count'),
      count: uint,
      flags: messageFlags,
      timeout: both(reads(timespec), writes(toldTimespec, one, positive)),
    },
  ],
  sendmmsg: [307, { fd: descriptor, messages: sentMessages('count'), count: uint, flags: messageFlags }],
};

/** System V IPC, POSIX message queues, keys: ipc/*.c, security/keys/*.c, Linux 6.6. */
import { reads, writes } from '../argument.js';
import { count, one, returned } from '../extent.js';
import { keyArguments, keyResult } from '../irregular/keyctl.js';
import { messageBuffer, msgctlArgument, semctlArgument, shmctlArgument } from '../irregular/system-v.js';
import { MSG_COMMANDS, SEM_COMMANDS, SHM_COMMANDS } from '../constants/ipc.js';
import { createMode } from '../irregular/open.js';
import { bytes, opaque, path, text } from '../kinds/bytes.js';
import { openFlags } from '../kinds/files.js';
import { choiceOf } from '../kinds/names.js';
import { bits32, descriptor, identifier, int, long, size, uint } from '../kinds/numbers.js';
import { sigevent } from '../kinds/signals.js';
import { struct } from '../kinds/struct.js';
import { deadline, timespec } from '../kinds/time.js';
import type { Family } from '../row.js';

const queueAttributes = struct('mq_attr', 64, { mq_flags: [0, long], mq_maxmsg: [8, long], mq_msgsize: [16, long], mq_curmsgs: [24, long] });
const semaphoreOperation = opaque('sembuf', 6);

export const IPC: Family = {
  shmget: [29, { key: int, size, flags: bits32 }, identifier],
  shmctl: [31, { id: identifier, command: choiceOf('shmctl command', SHM_COMMANDS), argument: shmctlArgument('command') }],
  semget: [64, { key: int, count: int, flags: bits32 }, identifier],
  semop: [65, { id: identifier, operations: reads(semaphoreOperation, count('count')), count: uint }],
  semctl: [66, { id: identifier, number: int, command: choiceOf('semctl command', SEM_COMMANDS), argument: semctlArgument('command') }],
  msgget: [68, { key: int, flags: bits32 }, identifier],
  msgsnd: [69, { id: identifier, message: messageBuffer('size', 'in'), size, flags: bits32 }],
  msgrcv: [70, { id: identifier, message: messageBuffer('size', 'out'), size, type: long, flags: bits32 }],
  msgctl: [71, { id: identifier, command: choiceOf('msgctl command', MSG_COMMANDS), argument: msgctlArgument('command') }],
  semtimedop: [220, { id: identifier, operations: reads(semaphoreOperation, count('count')), count: uint, timeout: reads(timespec) }],
  mq_open: [240, { name: reads(path), flags: openFlags, mode: createMode('flags'), attributes: reads(queueAttributes) }, descriptor],
  mq_unlink: [241, { name: reads(path) }],
  mq_timedsend: [
    242,
    { queue: descriptor, message: reads(bytes, count('size')), size, priority: uint, timeout: reads(deadline) },
  ],
  mq_timedreceive: [
    243,
    { queue: descriptor, message: writes(bytes, returned('size')), size, priority: writes(uint, one), timeout: reads(deadline) },
  ],
  mq_notify: [244, { queue: descriptor, event: reads(sigevent) }],
  mq_getsetattr: [245, { queue: descriptor, attributes: reads(queueAttributes), old: writes(queueAttributes) }],
  add_key: [
    248,
    { type: reads(text), description: reads(text), payload: reads(bytes, count('size')), size, keyring: identifier },
    identifier,
  ],
  request_key: [249, { type: reads(text), description: reads(text), callout: reads(text), keyring: identifier }, identifier],
  keyctl: [250, keyArguments, keyResult],
};

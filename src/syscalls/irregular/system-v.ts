/** shmctl(2), semctl(2), msgctl(2) by command, and message buffers: ipc/shm.c, sem.c, msg.c, Linux 6.6. */
import { reads, writes, type Description } from '../argument.js';
import { cases, choice, undescribed, unused } from '../choice.js';
import { MSG_COMMANDS, SEM_COMMANDS, SHM_COMMANDS } from '../constants/ipc.js';
import { measured, type Extent } from '../extent.js';
import { bytes, opaque } from '../kinds/bytes.js';
import { int } from '../kinds/numbers.js';

const segment = opaque('shmid_ds', 112);
const semaphores = opaque('semid_ds', 104);
const queue = opaque('msqid_ds', 120);
const semaphoreLimits = opaque('seminfo', 40);
const queueLimits = opaque('msginfo', 32);

export const shmctlArgument = (commandName: string): Description =>
  choice({
    by: commandName,
    cases: cases(SHM_COMMANDS, {
      IPC_RMID: unused,
      IPC_SET: reads(segment),
      IPC_STAT: writes(segment),
      SHM_STAT: writes(segment),
      SHM_STAT_ANY: writes(segment),
      IPC_INFO: writes(opaque('shminfo', 72)),
      SHM_INFO: writes(opaque('shm_info', 48)),
      SHM_LOCK: unused,
      SHM_UNLOCK: unused,
    }),
    otherwise: unused,
  });

// GETALL and SETALL move as many values as the set has semaphores, which only the kernel knows.
export const semctlArgument = (commandName: string): Description =>
  choice({
    by: commandName,
    cases: cases(SEM_COMMANDS, {
      IPC_RMID: unused,
      IPC_SET: reads(semaphores),
      IPC_STAT: writes(semaphores),
      SEM_STAT: writes(semaphores),
      SEM_STAT_ANY: writes(semaphores),
      IPC_INFO: writes(semaphoreLimits),
      SEM_INFO: writes(semaphoreLimits),
      GETALL: undescribed,
      SETALL: undescribed,
      SETVAL: int,
    }),
    otherwise: unused,
  });

export const msgctlArgument = (commandName: string): Description =>
  choice({
    by: commandName,
    cases: cases(MSG_COMMANDS, {
      IPC_RMID: unused,
      IPC_SET: reads(queue),
      IPC_STAT: writes(queue),
      MSG_STAT: writes(queue),
      MSG_STAT_ANY: writes(queue),
      IPC_INFO: writes(queueLimits),
      MSG_INFO: writes(queueLimits),
    }),
    otherwise: unused,
  });

/** mtype before the text. */
const TYPE = 8;

/** struct msgbuf: the type and a text, whose length the size or the result tells. */
export const messageBuffer = (sizeName: string, direction: 'in' | 'out'): Description => {
  const extent: Extent = measured(({ neighbour }) => {
    const size = neighbour(sizeName);
    return (call) => TYPE + (direction === 'in' ? size(call.args) : Math.min(call.result, size(call.args)));
  });
  return direction === 'in' ? reads(bytes, extent) : writes(bytes, extent);
};

/** shmctl(2), semctl(2), msgctl(2) by command, and message buffers: ipc/shm.c, sem.c, msg.c, Linux 6.6. */
import { reads, writes, type Description } from '../argument.js';
import { cases, choice, undescribed, unused } from '../choice.js';
import { MSG_COMMANDS, SEM_COMMANDS, SHM_COMMANDS } from '../constants/ipc.js';
import { measured, type Extent } from '../extent.js';
import { bytes, opaque } from '../kinds/bytes.js';
import { bits32, int, permissions, processId, seconds, size, ulong, userId } from '../kinds/numbers.js';
import { struct } from '../kinds/struct.js';

// asm-generic/ipcbuf.h, shmbuf.h, msgbuf.h, arch/x86/include/uapi/asm/sembuf.h; in strace's order. What
// counts how often the identifier was used before (seq) is left out.
const permission = struct('ipc64_perm', 48, { uid: [4, userId], gid: [8, userId], mode: [20, permissions], key: [0, bits32], cuid: [12, userId], cgid: [16, userId] });
const segment = struct('shmid_ds', 112, {
  shm_perm: [0, permission],
  shm_segsz: [48, size],
  shm_cpid: [80, processId],
  shm_lpid: [84, processId],
  shm_nattch: [88, ulong],
  shm_atime: [56, seconds],
  shm_dtime: [64, seconds],
  shm_ctime: [72, seconds],
});
const semaphores = struct('semid_ds', 104, { sem_perm: [0, permission], sem_otime: [48, seconds], sem_ctime: [64, seconds], sem_nsems: [80, ulong] });
const queue = struct('msqid_ds', 120, {
  msg_perm: [0, permission],
  msg_stime: [48, seconds],
  msg_rtime: [56, seconds],
  msg_ctime: [64, seconds],
  msg_qnum: [80, ulong],
  msg_qbytes: [88, ulong],
  msg_lspid: [96, processId],
  msg_lrpid: [100, processId],
});
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

/** fcntl(2) by command: fs/fcntl.c, include/uapi/linux/fcntl.h, Linux 6.6. */
import { reads, updates, writes, type Description } from '../argument.js';
import { cases, choice, unused } from '../choice.js';
import { DESCRIPTOR_FLAGS, FCNTL_COMMANDS, LOCK_TYPES, SEALS } from '../constants/open.js';
import { times } from '../extent.js';
import { choiceOf, flagsOf } from '../kinds/names.js';
import { bits64, descriptor, fileOffset, hex, int, long, processId, ulong, userId } from '../kinds/numbers.js';
import { openFlags, seekOrigin } from '../kinds/files.js';
import type { ScalarKind } from '../kinds/kind.js';
import { signal } from '../kinds/signals.js';
import { struct } from '../kinds/struct.js';
import type { ResultChoice } from '../row.js';

export const fcntlCommand = choiceOf('fcntl command', FCNTL_COMMANDS);

const lock = struct('flock', 32, {
  l_type: [0, { ...choiceOf('lock type', LOCK_TYPES), size: 2 }],
  l_whence: [2, { ...seekOrigin, size: 2 }],
  l_start: [8, fileOffset],
  l_len: [16, fileOffset],
  l_pid: [24, processId],
});
const owner = struct('f_owner_ex', 8, { type: [0, int], pid: [4, processId] });

const annotated = (kind: ScalarKind): ScalarKind => ({
  ...kind,
  show: (result) => `${hex(result)} (flags ${kind.show(result)})`,
});

/** What a command returns. */
export const fcntlResult: ResultChoice = {
  by: 'command',
  cases: new Map<number, ScalarKind>([
    [FCNTL_COMMANDS.F_DUPFD, descriptor],
    [FCNTL_COMMANDS.F_DUPFD_CLOEXEC, descriptor],
    [FCNTL_COMMANDS.F_GETFD, annotated(flagsOf('descriptor flags', DESCRIPTOR_FLAGS))],
    [FCNTL_COMMANDS.F_GETFL, annotated(openFlags)],
    [FCNTL_COMMANDS.F_GETOWN, processId],
    [FCNTL_COMMANDS.F_GET_SEALS, annotated(flagsOf('seals', SEALS))],
  ]),
  otherwise: long,
};

export const fcntlArgument = (commandName: string): Description =>
  choice({
    by: commandName,
    cases: cases(FCNTL_COMMANDS, {
      F_DUPFD: descriptor,
      F_DUPFD_CLOEXEC: descriptor,
      F_DUPFD_QUERY: descriptor,
      F_GETFD: unused,
      F_SETFD: flagsOf('descriptor flags', DESCRIPTOR_FLAGS),
      F_GETFL: unused,
      F_SETFL: openFlags,
      F_GETLK: updates(lock),
      F_SETLK: reads(lock),
      F_SETLKW: reads(lock),
      F_OFD_GETLK: updates(lock),
      F_OFD_SETLK: reads(lock),
      F_OFD_SETLKW: reads(lock),
      F_SETOWN: processId,
      F_GETOWN: unused,
      F_SETSIG: signal,
      F_GETSIG: unused,
      F_SETOWN_EX: reads(owner),
      F_GETOWN_EX: writes(owner),
      F_GETOWNER_UIDS: writes(userId, times(2)),
      F_SETLEASE: choiceOf('lease', LOCK_TYPES),
      F_GETLEASE: unused,
      F_NOTIFY: bits64,
      F_SETPIPE_SZ: long,
      F_GETPIPE_SZ: unused,
      F_ADD_SEALS: flagsOf('seals', SEALS),
      F_GET_SEALS: unused,
      F_GET_RW_HINT: writes(ulong),
      F_SET_RW_HINT: reads(ulong),
      F_GET_FILE_RW_HINT: writes(ulong),
      F_SET_FILE_RW_HINT: reads(ulong),
    }),
    // The kernel refuses any other command.
    otherwise: bits64,
  });

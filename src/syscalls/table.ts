/** All rows, by number. */
import { rows, type SyscallRow } from './row.js';
import { DESCRIPTORS, EVENT_RINGS } from './rows/descriptors.js';
import { FILES } from './rows/files.js';
import { IPC } from './rows/ipc.js';
import { KEXEC, MAPPINGS, MEMORY } from './rows/memory.js';
import { PROCESSES, TASKS, TRACING } from './rows/processes.js';
import { SIGNAL_RETURN, SIGNALS } from './rows/signals.js';
import { SOCKETS } from './rows/sockets.js';
import { SYSTEM, TRAMPOLINES, UNIMPLEMENTED } from './rows/system.js';
import { TIME } from './rows/time.js';

const ALL: readonly SyscallRow[] = [
  ...rows(FILES),
  ...rows(DESCRIPTORS),
  ...rows(EVENT_RINGS, 'mapping'),
  ...rows(MAPPINGS, 'mapping'),
  ...rows(MEMORY),
  ...rows(KEXEC),
  ...rows(TASKS, 'process'),
  ...rows(TRACING, 'tracing'),
  ...rows(PROCESSES),
  ...rows(SIGNAL_RETURN, 'signal-return'),
  ...rows(SIGNALS),
  ...rows(TIME),
  ...rows(SOCKETS),
  ...rows(IPC),
  ...rows(SYSTEM),
  ...rows(UNIMPLEMENTED),
  ...rows(TRAMPOLINES),
];

/** Every row, in order of its number. */
export const ROWS: readonly SyscallRow[] = [...ALL].sort((left, right) => left.number - right.number);

// Indexed by number, with holes, since this is asked for each call of a guest.
const table: (SyscallRow | undefined)[] = [];
for (const row of ROWS) table[row.number] = row;

/** The row of a system call number; undefined for numbers that have none. */
export const rowOf = (number: number): SyscallRow | undefined => table[number];

const numbers = new Map(ROWS.map((row) => [row.name, row]));

/** The row of a system call name. */
export const rowNamed = (name: string): SyscallRow | undefined => numbers.get(name);

/** "openat" for 257; "syscall_9999" for numbers without a row. */
export const syscallName = (number: number): string => table[number]?.name ?? `syscall_${number}`;

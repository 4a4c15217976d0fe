/** Numbers and their names, as a trace stores them for its readers. */
import { ERRORS } from './constants/errors.js';
import { PTRACE_REQUESTS } from './constants/ptrace.js';
import { signalName } from './names.js';
import { ROWS } from './table.js';

type Rows = readonly (readonly [number: number, name: string])[];

const LAST_SIGNAL = 64;

/** The names of system calls, errors (positive numbers), ptrace requests and signals. */
export const NAMES: { readonly syscalls: Rows; readonly errnos: Rows; readonly ptraceRequests: Rows; readonly signals: Rows } = {
  syscalls: ROWS.map((row) => [row.number, row.name] as const),
  errnos: Object.entries(ERRORS).map(([number, [name]]) => [Number(number), name] as const),
  ptraceRequests: Object.entries(PTRACE_REQUESTS).map(([name, number]) => [number, name] as const),
  signals: Array.from({ length: LAST_SIGNAL }, (_, index) => [index + 1, signalName(index + 1)] as const),
};

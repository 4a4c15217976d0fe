/** Names of numbers, for whoever shows them. */
import { ERRORS } from './constants/errors.js';
import { PTRACE_REQUESTS } from './constants/ptrace.js';
import { SIGNALS } from './constants/signals.js';
import { byValue } from './kinds/names.js';

const SIGNAL_NAMES = byValue(SIGNALS);
const REQUEST_NAMES = byValue(PTRACE_REQUESTS);
/** The kernel's first and last real-time signal. */
const FIRST_REAL_TIME = 32;
const LAST_REAL_TIME = 64;

/** "ENOENT" for 2 (positive, as errno holds it); "errno 9999" for numbers without a name. */
export const errnoName = (number: number): string => ERRORS[number]?.[0] ?? `errno ${number}`;

/** "No such file or directory" for 2. */
export const errnoText = (number: number): string => ERRORS[number]?.[1] ?? `Unknown error ${number}`;

/** "SIGSEGV" for 11; "SIGRT_1" for the real-time signals behind the first; the number for others. */
export function signalName(number: number): string {
  const name = SIGNAL_NAMES.get(number);
  if (name !== undefined) return name;
  if (number === FIRST_REAL_TIME) return 'SIGRTMIN';
  if (number > FIRST_REAL_TIME && number <= LAST_REAL_TIME) return `SIGRT_${number - FIRST_REAL_TIME}`;
  return number.toString();
}

/** True for the name of a signal. */
export const signalNamed = (name: string): boolean => Object.hasOwn(SIGNALS, name);

/** "PTRACE_GETREGS" for 12; the number in hexadecimal for requests without a name. */
export const ptraceRequestName = (number: number): string => REQUEST_NAMES.get(number) ?? `0x${number.toString(16)}`;

/** 11 for "SIGSEGV", "SEGV" and "11"; undefined for no signal. */
export function signalNumber(name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name) >= 1 && Number(name) <= LAST_REAL_TIME ? Number(name) : undefined;
  const whole = name.toUpperCase().replace(/^(?!SIG)/, 'SIG');
  for (let number = 1; number <= LAST_REAL_TIME; number++) if (signalName(number) === whole) return number;
  return undefined;
}

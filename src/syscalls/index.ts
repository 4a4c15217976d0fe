/** The x86-64 Linux system calls as data: what each reads and writes, and how it reads as text. */
export type { Argument, Direction } from './argument.js';
export { capturedMemory } from './captured.js';
export { captureInputs, isDescribed, outputRanges } from './capture.js';
export type { CallArguments, CallView, CapturedRange, GuestMemory } from './guest.js';
export { INPUT_LIMIT } from './guest.js';
export { cut, isScalar, PLAIN, showScalar } from './kinds/kind.js';
export type { Comparison, Kind, Member, MemoryKind, ScalarKind, Wording } from './kinds/kind.js';
export { errnoName, errnoText, ptraceRequestName, signalNamed, signalName } from './names.js';
export { constantNamed, errnoNamed } from './constant-named.js';
export { showSiginfo, siginfoCodeNamed } from './siginfo.js';
export { showWaitStatus, type SignalName } from './wait-status.js';
export { NAMES } from './name-tables.js';
export type { Handling, SyscallRow } from './row.js';
export { rowNamed, ROWS, rowOf, syscallName } from './table.js';
export { writtenParts } from './written-parts.js';

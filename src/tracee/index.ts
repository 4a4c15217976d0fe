/** The only door to the native addon. */
export { addon, FollowStage, type NativeWriteTracker, type NativeFilter, type SpawnPlan } from './addon.js';
export { answered, TaskGone } from './errno.js';
export { ArchRequest, DEBUG_CONTROL, DEBUG_REGISTERS, FPREGS_SIZE, registerSetArea, RegisterSet, REGISTER_SET_AREA_SIZE, Request, StopEvent, TraceOption, wordBytes } from './requests.js';
export { Signal, SignalCode, SIGINFO_SIZE, Stop, type StopKind } from './stop.js';
export { Tracee } from './tracee.js';
export { breakpointsWork, hostTrapsTimestamps } from './abilities.js';
export { exactNanoseconds, fileTime, milliseconds, nowAndThen, withTimeStamps } from './clock.js';
export { BREAKPOINT_LIMIT, Breakpoints } from './breakpoints.js';
export { hideStep, stepRequest, TRAP_FLAG } from './single-step.js';
export { digestMemory, digestState, type Digested } from './digest.js';
export { ANY_PROCESSOR, takeProcessor } from './processor.js';
export { bringToStart, endTask, spawnProgram } from './program.js';
export { hostFacts, processorNumber } from './host.js';
export { InstructionFinder, type AlsoWanted } from './instruction-finder.js';
export { InstructionTraps, putNumber, trapSignal, type ReachedInstruction } from './instruction-traps.js';
export { hideVdso, randomBytesAddress } from './vdso.js';
export { findSyscallSite, isSyscallSite, readMappings, SyscallSites, type AddressRange, type HostMapping } from './maps.js';

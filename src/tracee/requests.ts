/**
 * ptrace requests, options and events: include/uapi/linux/ptrace.h and arch/x86/include/uapi/asm/
 * ptrace-abi.h of Linux 6.1.
 */
export const Request = {
  peekText: 1,
  peekData: 2,
  peekUser: 3,
  pokeText: 4,
  pokeData: 5,
  pokeUser: 6,
  cont: 7,
  kill: 8,
  singleStep: 9,
  getRegisters: 12,
  setRegisters: 13,
  getFpRegisters: 14,
  setFpRegisters: 15,
  attach: 16,
  detach: 17,
  syscall: 24,
  arch: 30,
  sysemu: 31,
  sysemuSingleStep: 32,
  setOptions: 0x4200,
  getEventMessage: 0x4201,
  getSiginfo: 0x4202,
  setSiginfo: 0x4203,
  getRegisterSet: 0x4204,
  setRegisterSet: 0x4205,
  seize: 0x4206,
  interrupt: 0x4207,
  listen: 0x4208,
  getSignalMask: 0x420a,
  setSignalMask: 0x420b,
  getSyscallInfo: 0x420e,
} as const;

export const TraceOption = {
  sysgood: 0x1,
  fork: 0x2,
  vfork: 0x4,
  clone: 0x8,
  exec: 0x10,
  vforkDone: 0x20,
  exit: 0x40,
  seccomp: 0x80,
  exitKill: 0x100000,
} as const;

export const StopEvent = {
  none: 0,
  fork: 1,
  vfork: 2,
  clone: 3,
  exec: 4,
  vforkDone: 5,
  exit: 6,
  seccomp: 7,
  stop: 128,
} as const;

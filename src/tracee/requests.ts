/**
 * ptrace requests, options and events: include/uapi/linux/ptrace.h and arch/x86/include/uapi/asm/
 * ptrace-abi.h of Linux 6.1.
 */
export const Request = {
  traceMe: 0,
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
  oldSetOptions: 21,
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
  suspendSeccomp: 0x200000,
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

/** Sub-requests of PTRACE_ARCH_PRCTL (arch/x86/include/uapi/asm/prctl.h). */
export const ArchRequest = { setGs: 0x1001, setFs: 0x1002, getFs: 0x1003, getGs: 0x1004 } as const;

/** Register sets of PTRACE_GETREGSET, as note types (elf.h). */
export const RegisterSet = { general: 1, xstate: 0x202 } as const;

/** Bytes of PTRACE_GETFPREGS (struct user_fpregs_struct of sys/user.h), and more than any register set has: AVX-512 needs about 2.7 KiB, AMX 11 KiB. */
export const FPREGS_SIZE = 512;
export const REGISTER_SET_ROOM = 16384;

/** Size of the struct iovec that PTRACE_GETREGSET and PTRACE_SETREGSET take. */
export const REGISTER_SET_AREA_SIZE = 16;

/** Where a register set is to go or come from, as that struct says. */
export function registerSetArea(iovec: Uint8Array): { readonly base: number; readonly length: number } {
  const view = new DataView(iovec.buffer, iovec.byteOffset);
  return { base: Number(view.getBigUint64(0, true)), length: Math.min(Number(view.getBigUint64(8, true)), REGISTER_SET_ROOM) };
}

/** A word as bytes. */
export const wordBytes = (value: bigint): Uint8Array => new Uint8Array(new BigUint64Array([value]).buffer);

/** offsetof(struct user, u_debugreg) of sys/user.h: eight registers of eight bytes (Intel SDM 17.2). */
export const DEBUG_REGISTERS = 848;
/** The number of DR7. */
export const DEBUG_CONTROL = 7;

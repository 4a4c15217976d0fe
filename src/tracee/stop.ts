/**
 * One stop of a task, in memory shared with the addon (native/tracee.h, StopBlock).
 */
import { Registers, REGISTER_FILE_SIZE } from '../base/registers.js';

/** Bytes of siginfo_t (asm-generic/siginfo.h). */
export const SIGINFO_SIZE = 128;

const REGISTERS_OFFSET = 8;
const SIGINFO_OFFSET = REGISTERS_OFFSET + REGISTER_FILE_SIZE;
const CODE_OFFSET = SIGINFO_OFFSET + 8;
const TIME_OFFSET = SIGINFO_OFFSET + SIGINFO_SIZE;

export const Signal = {
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGALRM: 14,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
} as const;

/** si_code values (asm-generic/siginfo.h): sent by the kernel; why SIGTRAP came. */
export const SignalCode = { SI_KERNEL: 0x80, TRAP_BRKPT: 1, TRAP_TRACE: 2, TRAP_HWBKPT: 4 } as const;

/** What kind of stop a wait status tells of (ptrace(2), "Stopped tracees"). */
export type StopKind = 'syscall' | 'signal' | 'event' | 'exited';

export class Stop {
  /** What the addon fills. */
  readonly block = new Uint8Array(TIME_OFFSET + 8);
  readonly registers = new Registers(this.block.subarray(REGISTERS_OFFSET, SIGINFO_OFFSET));
  readonly siginfo = this.block.subarray(SIGINFO_OFFSET, TIME_OFFSET);
  private readonly view = new DataView(this.block.buffer);

  get tid(): number {
    return this.view.getInt32(0, true);
  }

  /** As waitpid(2) stores it. */
  get status(): number {
    return this.view.getInt32(4, true);
  }

  get kind(): StopKind {
    const status = this.status;
    if ((status & 0xff) !== 0x7f) return 'exited';
    if (status >> 16 !== 0) return 'event';
    return ((status >> 8) & 0xff) === (Signal.SIGTRAP | 0x80) ? 'syscall' : 'signal';
  }

  /** PTRACE_EVENT_* of an event stop. */
  get event(): number {
    return this.status >> 16;
  }

  /** The signal of a signal-delivery stop (or of a group stop). */
  get signal(): number {
    return (this.status >> 8) & 0x7f;
  }

  /** si_code of the signal. */
  get code(): number {
    return this.view.getInt32(CODE_OFFSET, true);
  }

  set code(code: number) {
    this.view.setInt32(CODE_OFFSET, code, true);
  }

  /** When it was told, as clock.ts counts. */
  get milliseconds(): number {
    return this.view.getFloat64(TIME_OFFSET, true);
  }

  /** A copy that the next wait does not overwrite. */
  clone(): Stop {
    const copy = new Stop();
    copy.block.set(this.block);
    return copy;
  }
}

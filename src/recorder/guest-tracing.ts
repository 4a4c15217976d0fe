/**
 * What ptrace(2) keeps about a traced task, for guests that trace each other. portrace is the only
 * real tracer; this is the state that the guest's tracer sees. A plain state machine: it touches no
 * process.
 */
import type { GuestTask } from './task.js';

/** How a guest tracer let its tracee go on. */
export type ResumeMode = 'cont' | 'syscall' | 'sysemu' | 'step' | 'sysemu-step';

/** A stop that the guest tracer may collect with a wait call. */
export interface GuestStop {
  /** As wait4(2) stores it. */
  readonly status: number;
  /** The signal of a signal-delivery stop: what a resume with the same number delivers. */
  readonly signal?: { readonly number: number; readonly siginfo: Uint8Array };
  /** A wait call has told the tracer. */
  reported: boolean;
}

/** PTRACE_O_* that a guest tracer may set here; TRACESYSGOOD is what UML uses. */
const SUPPORTED_OPTIONS = 0x1;

const SIGTRAP = 5;

export class GuestTracing {
  options = 0;
  mode: ResumeMode = 'cont';
  stop: GuestStop | undefined;
  /** The tracee is inside a call whose entry stop it reported. */
  insideCall = false;

  constructor(readonly tracer: GuestTask) {}

  /** Sets options; false for those that portrace does not emulate. */
  setOptions(options: number): boolean {
    if (options & ~SUPPORTED_OPTIONS) return false;
    this.options = options;
    return true;
  }

  /** Status of a system call stop: bit 7 tells it apart under TRACESYSGOOD. */
  callStatus(): number {
    return ((this.options & 1 ? SIGTRAP | 0x80 : SIGTRAP) << 8) | 0x7f;
  }

  stopWith(status: number, signal?: GuestStop['signal']): void {
    this.stop = { status, ...(signal && { signal }), reported: false };
  }

  /** The stop that a wait call would collect now. */
  waitable(): GuestStop | undefined {
    return this.stop && !this.stop.reported ? this.stop : undefined;
  }

  resume(mode: ResumeMode): void {
    this.mode = mode;
    this.stop = undefined;
  }

  /** Whether the next system call is nullified. */
  get emulates(): boolean {
    return this.mode === 'sysemu' || this.mode === 'sysemu-step';
  }

  get steps(): boolean {
    return this.mode === 'step' || this.mode === 'sysemu-step';
  }
}

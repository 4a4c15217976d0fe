/**
 * What ptrace(2) keeps about a traced task, for guests that trace each other. portrace is the only
 * real tracer; this is the state that the guest's tracer sees. A plain state machine: it touches no
 * process.
 */
import { StopEvent, TraceOption } from '../tracee/index.js';
import type { GuestTask } from './task.js';

/** How a guest tracer let its tracee go on. */
export type ResumeMode = 'cont' | 'syscall' | 'sysemu' | 'step' | 'sysemu-step';

/**
 * - `entry`, `exit`: of a system call. `signal`: before its delivery, or a single step's end.
 * - `event`: PTRACE_EVENT_*. `group`: a stop of job control.
 */
export type GuestStopKind = 'entry' | 'exit' | 'signal' | 'event' | 'group';

/** A stop that the guest tracer may collect with a wait call. */
export interface GuestStop {
  readonly kind: GuestStopKind;
  /** As wait4(2) stores it, the event in bits 16 and up. */
  readonly status: number;
  /** The signal of a signal-delivery stop: what a resume with the same number delivers. */
  readonly signal?: { readonly number: number; readonly siginfo: Uint8Array };
  /** A wait call has told the tracer. */
  reported: boolean;
}

/** PTRACE_O_* that portrace emulates. */
const SUPPORTED_OPTIONS =
  TraceOption.sysgood |
  TraceOption.fork |
  TraceOption.vfork |
  TraceOption.clone |
  TraceOption.exec |
  TraceOption.vforkDone |
  TraceOption.exit |
  TraceOption.seccomp |
  TraceOption.exitKill;

const SIGTRAP = 5;

/** PTRACE_EVENTMSG_SYSCALL_ENTRY and _EXIT, linux/ptrace.h. */
const MESSAGE_ENTRY = 1;
const MESSAGE_EXIT = 2;

/** A status as wait4 stores it, of a stop by `signal`. */
const stopped = (signal: number, event = 0): number => (event << 16) | (signal << 8) | 0x7f;

export class GuestTracing {
  mode: ResumeMode = 'cont';
  stop: GuestStop | undefined;
  /** What PTRACE_GETEVENTMSG tells. */
  message = 0;
  /** PTRACE_INTERRUPT was asked for, and the task has not stopped for it. */
  interrupted = false;

  constructor(
    readonly tracer: GuestTask,
    public options = 0,
    /** Attached by PTRACE_SEIZE, or born of such a task. */
    readonly seized = false,
  ) {}

  /** The state of a new task that is traced from its birth, since its maker is. */
  inherited(): GuestTracing {
    return new GuestTracing(this.tracer, this.options, this.seized);
  }

  /** Sets options; false for those that portrace does not emulate. */
  setOptions(options: number): boolean {
    if (options & ~SUPPORTED_OPTIONS) return false;
    this.options = options;
    return true;
  }

  wants(option: keyof typeof TraceOption): boolean {
    return (this.options & TraceOption[option]) !== 0;
  }

  /** At a system call's entry or exit: bit 7 tells it apart under TRACESYSGOOD. */
  stopAtCall(kind: 'entry' | 'exit'): void {
    this.message = kind === 'entry' ? MESSAGE_ENTRY : MESSAGE_EXIT;
    this.stopWith(kind, stopped(this.wants('sysgood') ? SIGTRAP | 0x80 : SIGTRAP));
  }

  stopWithSignal(number: number, siginfo: Uint8Array): void {
    this.stopWith('signal', stopped(number), { number, siginfo });
  }

  stopWithEvent(event: number, message: number): void {
    this.message = message;
    this.stopWith('event', stopped(SIGTRAP, event));
  }

  /** A group stop by `signal`, which a seized task reports as an event. */
  stopWithGroup(signal: number): void {
    this.stopWith('group', stopped(signal, this.seized ? StopEvent.stop : 0));
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

  private stopWith(kind: GuestStopKind, status: number, signal?: GuestStop['signal']): void {
    this.stop = { kind, status, ...(signal && { signal }), reported: false };
  }
}

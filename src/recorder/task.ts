/** A guest task as the recorder sees it. */
import type { EventIndex, TaskId } from '../base/brands.js';
import { Reg, Registers } from '../base/registers.js';
import type { SyscallRow } from '../syscalls/index.js';
import type { Effect, MemoryInput } from '../trace/events.js';
import type { Stop } from '../tracee/index.js';
import { addon, Request, TraceOption, Tracee } from '../tracee/index.js';
import type { DebugRegisters } from './debug-registers.js';
import { Dispositions } from './dispositions.js';
import type { Diversion } from './diversion.js';
import type { Foresight } from './foresight.js';
import { RECORDER_OPTIONS } from './options.js';
import { Pacing } from './pacing.js';
import type { Scheduling } from './calls/scheduling.js';
import type { GuestSpace } from './space.js';
import type { GuestTracing } from './guest-tracing.js';

/**
 * - `ready`: stopped, may go on. `in-call`: inside a system call of the host.
 * - `waiting`: parked in a wait call that portrace answers. `held`: stopped for its guest tracer.
 * - `listening`: in a group stop that no guest tracer holds. `gone`: dead and recorded.
 */
export type TaskState = 'ready' | 'in-call' | 'waiting' | 'held' | 'listening' | 'gone';

/** A system call that the task is in. */
/** Of a class, and with all its fields from the beginning: V8 would make a shape for each call (and look each up) otherwise. */
export class Call {
  /** The enter (or intercept) event, once there is one. */
  entered: EventIndex | undefined = undefined;
  /** What happened during the call besides what its row says, in order. */
  readonly effects: Effect[] = [];
  /** What a sigaction call sets, as it was at the entry. */
  action: Uint8Array | undefined = undefined;
  /** portrace answers the call. */
  emulated = false;
  /** Its effects are complete, since portrace answered it or a program started. */
  executed = false;
  /** Set while it writes elsewhere than the guest asked it to. */
  diversion: Diversion | undefined = undefined;

  constructor(
    readonly number: number,
    readonly row: SyscallRow | undefined,
    /** Registers at the entry. */
    readonly entry: Registers,
    readonly inputs: readonly MemoryInput[],
    /** Memory around pointer arguments before a call that no row describes. */
    readonly before: readonly { readonly address: number; readonly bytes: Uint8Array }[] | undefined,
  ) {}
}

export class GuestTask {
  tracee: Tracee;
  state: TaskState = 'ready';
  call: Call | undefined;
  /** A stop that came while another task ran. */
  pendingStop: Stop | undefined;
  /** Registers after the task's last event. */
  readonly last = new Registers();
  /** Signals that waited for the task when it was last resumed to run its own instructions. */
  pendingAtResume: ReadonlySet<number> = new Set();
  /** Signals 1 to 32 that it blocked then, as far as it matters: see forced-signals.ts. */
  blockedAtResume = 0;
  /** The last call returned ERESTART*: the kernel restarts it unless a handler runs. */
  restarts = false;
  /** What was diverted of a call that restart_syscall goes on with. */
  toBeRestarted: Diversion | undefined;
  /** Signals that were taken and will be sent again: number to siginfo. */
  readonly stash = new Map<number, Uint8Array>();
  /** When its timers' signals reach it. */
  readonly pacing = new Pacing();
  /** How often it got the processor. */
  turns = 0;
  /** The processor was last taken from it as it made no call: it waits as long as such tasks do. */
  computes = false;
  /** Its turn ends among its own instructions, some behind the call that it has just made. */
  endsInside = false;
  /** How often that was tried in this turn, and how many instructions behind a call it may be at most. */
  triesInside = 0;
  stepsInside = 0;
  /** A signal to deliver when the task goes on: its guest tracer chose it. */
  deliver: { readonly number: number; readonly siginfo: Uint8Array } | undefined;
  /** What the task does with its signals. */
  dispositions = new Dispositions();
  /** A seccomp filter of the guest may apply to it. */
  isFiltered = false;
  /** Such a filter may leave its calls to a supervisor (seccomp_unotify(2)): any may sleep until that answers. */
  isSupervised = false;
  /** The guest itself made rdtsc a fault (PR_SET_TSC, prctl(2)). */
  timestampsFault = false;
  /** The processors that the guest allowed it, as sched_getaffinity(2) tells them; undefined as long as it did not choose. */
  affinity: Uint8Array | undefined;
  /** The real-time policy that the guest gave it. */
  scheduling: Scheduling | undefined;
  /** Set when a guest task traces this one. */
  tracing: GuestTracing | undefined;
  /** What the task does when its guest tracer lets it go on from a stop inside the kernel. */
  onward: (() => void) | undefined;
  /** Its id before its last execve, which may have been another (PTRACE_EVENT_EXEC). */
  formerTid = 0;
  /** Set once the guest's tracer has looked at the debug registers of this program. */
  debugRegisters: DebugRegisters | undefined;
  /** The task stands at the entry of a call that PTRACE_SYSEMU made void. */
  insideVoidCall = false;
  /** Set once the task traces another: from then on its next call is guessed. */
  foresight: Foresight | undefined;
  /** Whether the task's clocks are those of portrace, as of this address space. */
  hasOurClocks = false;
  clocksOf: GuestSpace | undefined;
  private lastRequest = 0;
  /** Where the kernel writes 0 when the task ends (set_tid_address(2)). */
  clearTidAddress = 0;
  /** The locks that the kernel marks when the task ends (set_robust_list(2)). */
  robustList = 0;
  /** What its end does to them, once it is certain. */
  ownerDied: readonly Effect[] = [];
  /** Wait status, once known. */
  exitStatus: number | undefined;

  constructor(
    readonly id: TaskId,
    public tid: number,
    /** Thread group id. */
    readonly group: number,
    public space: GuestSpace,
    /** The task whose child it is, as getppid tells; undefined for the first. */
    public parent: GuestTask | undefined,
  ) {
    this.tracee = new Tracee(tid);
  }

  /** Lets the task run. */
  resume(request: number, signal = 0): void {
    this.lastRequest = request;
    this.leftItsStop = false;
    this.tracee.resume(request, signal);
  }

  /** Lets the task run, and waits for its next stop while nobody else needs looking after. */
  resumeAndWait(request: number, stop: Stop, signal = 0): void {
    this.lastRequest = request;
    this.leftItsStop = false;
    this.tracee.resumeAndWait(request, stop, signal);
  }

  /** portrace made a call in the task since it stopped: it is in that call's stop now, and no signal's. */
  leftItsStop = false;

  /** Whether the call that the task has just come to was made void on the way. */
  get cameVoid(): boolean {
    return this.lastRequest === Request.sysemu || this.lastRequest === Request.sysemuSingleStep;
  }

  /**
   * Makes one system call in the task, as Tracee.call does. It leaves the entry of a void call, if the
   * task stood there.
   */
  makeCall(site: number, number: number, args: readonly number[], held: Uint8Array[]): number {
    this.insideVoidCall = false;
    this.leftItsStop = true;
    // It went into the kernel and back: orig_rax is no longer that of the task's own last call, by which
    // signals.ts tells that a signal came before any instruction.
    if (this.state === 'ready') this.last.setNumber(Reg.orig_rax, -1);
    return this.withoutFilter(() => this.tracee.call(site, number, args, held));
  }

  /**
   * Does something of which a filter of the guest must not be asked, for it may kill for it. The kernel lets only those
   * suspend filters who have CAP_SYS_ADMIN and none of their own (ptrace(2), PTRACE_O_SUSPEND_SECCOMP): others' guests are asked.
   */
  withoutFilter<Result>(work: () => Result): Result {
    if (!this.isFiltered) return work();
    addon.request(this.tid, Request.setOptions, 0, RECORDER_OPTIONS | TraceOption.suspendSeccomp);
    try {
      return work();
    } finally {
      addon.request(this.tid, Request.setOptions, 0, RECORDER_OPTIONS);
    }
  }
}

/** A task of another build. */
import type { TaskId } from '../../base/brands.js';
import type { SignalFacts } from '../../trace/events.js';
import { Reg } from '../../base/registers.js';
import { ReplayTask, type OpenObjects, type ReplaySpace } from '../task.js';
import type { OwnFile } from './own-files.js';
import type { Entry } from './places.js';

/** An address of the recorded task and of this one. */
export interface AddressPair {
  readonly recorded: number;
  readonly actual: number;
}

/** An asynchronous signal whose handler has not run yet. */
export interface Waiting {
  readonly signal: SignalFacts;
  /** It came before the task had run any instruction since its last event. */
  readonly immediate: boolean;
}

/** The signal that stopped a task for its guest tracer. */
export interface Caught {
  readonly number: number;
  /** 128 bytes, as PTRACE_GETSIGINFO gives them; absent where there are none. */
  readonly siginfo?: Uint8Array | undefined;
  /** The task stands in the stop of the signal's delivery. */
  readonly standing: boolean;
}

export class RebuildTask extends ReplayTask {
  /** Asynchronous signals whose handlers are to run before the next call. */
  readonly signals: Waiting[] = [];
  /** It made no call for a long time, and none since. */
  spins = false;
  /** The last signal of a timer that a handler of the task took. */
  tick: SignalFacts | undefined;
  /** The call that the task is in, and what was recorded of its entry. */
  pending: { readonly recorded: Entry; readonly actual: Entry } | undefined;
  /** The entry of a call at which the task stands before its turn has come. */
  ahead: Entry | undefined;
  /** A guest tracer stopped that call, and may have made another of it. */
  intercepted = false;
  caught: Caught | undefined;
  /** The call was interrupted: the kernel restarts it, or lets a handler see EINTR. */
  interrupted = false;
  /** Where the kernel clears the thread's id at its end (set_tid_address(2)). */
  clearTid: AddressPair | undefined;

  constructor(
    id: TaskId,
    tid: number,
    space: ReplaySpace,
    open: OpenObjects,
    /** The pid (thread id) that the guest knows it by. */
    readonly pid: number,
    /** Descriptors of files that hold the guest's own memory; tasks share them as they share descriptors. */
    readonly files: Map<number, OwnFile>,
  ) {
    super(id, tid, space, open);
  }

  /** Gives the task the registers that count as its own. */
  putRegisters(): void {
    const registers = this.registers.clone();
    // Of an interrupted call the kernel must know the number, to make it again or to tell EINTR.
    if (!this.interrupted) registers.setNumber(Reg.orig_rax, -1);
    this.tracee.setRegisters(registers);
  }
}

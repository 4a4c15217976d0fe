/** A task of another build. */
import type { TaskId } from '../../base/brands.js';
import type { SignalFacts } from '../../trace/events.js';
import { ReplayTask, type OpenObjects, type ReplaySpace } from '../task.js';
import type { Entry } from './places.js';

/** An address of the recorded task and of this one. */
export interface AddressPair {
  readonly recorded: number;
  readonly actual: number;
}

export class RebuildTask extends ReplayTask {
  /** Asynchronous signals whose handlers are to run before the next call. */
  readonly signals: SignalFacts[] = [];
  /** The call that the task is in, and what was recorded of its entry. */
  pending: { readonly recorded: Entry; readonly actual: Entry } | undefined;
  /** The call was interrupted: the kernel restarts it, or lets a handler see EINTR. */
  interrupted = false;
  /** Where the kernel clears the thread's id at its end (set_tid_address(2)). */
  clearTid: AddressPair | undefined;

  constructor(id: TaskId, tid: number, space: ReplaySpace, open: OpenObjects) {
    super(id, tid, space, open);
  }
}

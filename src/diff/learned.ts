/**
 * What a process has learned that is not the same in each recording. Numbers in what it writes are
 * compared by what they are as long as it has learned nothing of the sort.
 */
import type { TaskId } from '../base/brands.js';
import type { TraceEvent } from '../trace/events.js';

/** One process, shared by its threads. */
export interface Learned {
  /** It saw a clock, random bytes, a load, or data from somebody who did, or it has threads. */
  varying: boolean;
  /** It asked for the number of a process. */
  processes: boolean;
}

/** linux/sched.h */
export const CLONE_THREAD = 0x10000;

export class Lessons {
  private readonly tasks = new Map<TaskId, Learned>();
  private readonly streams = new Set<string>();

  of(task: TaskId): Learned {
    let learned = this.tasks.get(task);
    if (!learned) this.tasks.set(task, (learned = { varying: false, processes: false }));
    return learned;
  }

  /** Takes births and new programs from the event. */
  apply(event: TraceEvent): void {
    for (const effect of event.effects) {
      if (effect.type === 'task' && effect.parent !== undefined) {
        const parent = this.of(effect.parent);
        // What threads do with common memory depends on the order in which they run.
        if (effect.flags & CLONE_THREAD) parent.varying = true;
        this.tasks.set(effect.task, effect.flags & CLONE_THREAD ? parent : { ...parent });
      }
      if (effect.type === 'space' && effect.task !== undefined && effect.copyOf === undefined) this.tasks.delete(effect.task);
    }
  }

  /** The task wrote there: whoever reads it learns what the task knew. */
  wrote(task: TaskId, stream: string): void {
    if (this.of(task).varying) this.streams.add(stream);
  }

  read(task: TaskId, stream: string): void {
    if (this.streams.has(stream)) this.of(task).varying = true;
  }
}

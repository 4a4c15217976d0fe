/** The program that each task runs, while the events of a trace go by. */
import type { SpaceId, TaskId } from '../base/brands.js';
import type { TraceEvent } from '../trace/events.js';

export class Programs {
  private readonly ofTasks = new Map<TaskId, string>();
  /** Of the address space that the first program was started in, before the first task. */
  private readonly ofSpaces = new Map<SpaceId, string>();

  /** Path of the program; undefined where the trace does not tell. */
  of(task: TaskId): string | undefined {
    return this.ofTasks.get(task);
  }

  apply({ task: actor, exit, effects }: TraceEvent): void {
    for (const effect of effects) {
      if (effect.type === 'space' && effect.program !== undefined) {
        if (effect.task === undefined) this.ofSpaces.set(effect.space, effect.program);
        else this.ofTasks.set(effect.task, effect.program);
      } else if (effect.type === 'task') {
        const program = effect.parent === undefined ? this.ofSpaces.get(effect.space) : this.ofTasks.get(effect.parent);
        if (program !== undefined) this.ofTasks.set(effect.task, program);
      }
    }
    if (exit) this.ofTasks.delete(actor);
  }
}

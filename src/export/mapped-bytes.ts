/** How much is mapped in each address space, while the events of a trace go by. */
import type { SpaceId, TaskId } from '../base/brands.js';
import { ObjectNames, Spaces } from '../mappings/index.js';
import type { MemoryObject, TraceEvent } from '../trace/events.js';

export interface MappedSize {
  readonly space: SpaceId;
  /** The first task that lived in it. */
  readonly owner: TaskId;
  /** 0 where nobody lives in it any more. */
  readonly bytes: number;
}

export class MappedBytes {
  private readonly spaces: Spaces;
  private readonly known = new Map<SpaceId, MappedSize>();

  constructor(objects: readonly MemoryObject[]) {
    this.spaces = new Spaces(new ObjectNames(objects));
  }

  /** All address spaces that somebody lives in. */
  all(): MappedSize[] {
    return [...this.known.values()];
  }

  /** Takes the next event, and tells the sizes that it changed. */
  apply(event: TraceEvent): MappedSize[] {
    const touched = this.touchedBy(event);
    this.spaces.apply(event);
    const changed: MappedSize[] = [];
    for (const [space, owner] of touched) {
      const before = this.known.get(space);
      const size = { space, owner: before?.owner ?? owner, bytes: this.spaces.sizeOf(space) ?? 0 };
      if (size.bytes === (before?.bytes ?? 0)) continue;
      changed.push(size);
      if (this.spaces.sizeOf(space) === undefined) this.known.delete(space);
      else this.known.set(space, size);
    }
    return changed;
  }

  /** Address spaces that the event may change, each with a task that lives in it. */
  private touchedBy({ task: actor, exit, effects }: TraceEvent): Map<SpaceId, TaskId> {
    const touched = new Map<SpaceId, TaskId>();
    const touch = (space: SpaceId | undefined, task: TaskId): void => void (space !== undefined && touched.set(space, task));
    for (const effect of effects) {
      if (effect.type === 'mapping' && !touched.has(effect.space)) touch(effect.space, actor);
      if (effect.type === 'task') touch(effect.space, effect.task);
      if (effect.type === 'space' && effect.task !== undefined) {
        touch(this.spaces.homeOf(effect.task), effect.task);
        touch(effect.space, effect.task);
      }
    }
    if (exit) touch(this.spaces.homeOf(actor), actor);
    return touched;
  }
}

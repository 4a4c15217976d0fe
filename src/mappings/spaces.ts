/** All address spaces of a trace, and who lives in which, while its events go by. */
import type { SpaceId, TaskId } from '../base/brands.js';
import { Reg } from '../base/registers.js';
import type { TraceEvent } from '../trace/events.js';
import { AddressSpace } from './address-space.js';
import { ObjectNames } from './object-names.js';

export class Spaces {
  private readonly spaces = new Map<SpaceId, AddressSpace>();
  private readonly homes = new Map<TaskId, SpaceId>();

  constructor(private readonly names: ObjectNames) {}

  /** The address space that the task has; an empty one where the trace tells of none. */
  of(task: TaskId): AddressSpace {
    const home = this.homes.get(task);
    return (home === undefined ? undefined : this.spaces.get(home)) ?? this.empty;
  }

  /** Takes the effects of the next event. */
  apply(event: TraceEvent): void {
    let program: SpaceId | undefined;
    for (const effect of event.effects) {
      switch (effect.type) {
        case 'mapping':
          this.spaces.get(effect.space)?.apply(effect);
          break;
        case 'space': {
          const original = effect.copyOf === undefined ? undefined : this.spaces.get(effect.copyOf);
          this.spaces.set(effect.space, original?.fork() ?? new AddressSpace(this.names));
          if (effect.copyOf === undefined) program = effect.space;
          if (effect.task !== undefined) this.homes.set(effect.task, effect.space);
          break;
        }
        case 'task':
          this.homes.set(effect.task, effect.space);
          break;
        case 'registers':
          if (program !== undefined) this.spaces.get(program)?.stackBegins(effect.registers.number(Reg.rsp));
          break;
        default:
      }
    }
    if (event.exit) this.leave(event.task);
  }

  private leave(task: TaskId): void {
    const home = this.homes.get(task);
    this.homes.delete(task);
    if (home === undefined) return;
    for (const space of this.homes.values()) if (space === home) return;
    this.spaces.delete(home);
  }

  private readonly empty = new AddressSpace(new ObjectNames([]));
}

/** All address spaces of a trace, and who lives in which, while its events go by. */
import type { SpaceId, TaskId } from '../base/brands.js';
import { Reg } from '../base/registers.js';
import type { TraceEvent } from '../trace/events.js';
import { AddressSpace, type Mapping } from './address-space.js';
import { ObjectNames } from './object-names.js';

/** An address space that at least one task lives in, as it is at one moment. */
export interface LivingSpace {
  readonly space: SpaceId;
  /** Who lives in it, in order of their numbers. */
  readonly tasks: readonly TaskId[];
  /** Path of the program that runs in it; absent where the trace does not tell. */
  readonly program?: string;
  /** In order of their addresses. */
  readonly pieces: readonly Mapping[];
}

export class Spaces {
  private readonly spaces = new Map<SpaceId, AddressSpace>();
  private readonly homes = new Map<TaskId, SpaceId>();

  constructor(private readonly names: ObjectNames) {}

  /** The address space that the task has; an empty one where the trace tells of none. */
  of(task: TaskId): AddressSpace {
    const home = this.homes.get(task);
    return (home === undefined ? undefined : this.spaces.get(home)) ?? this.empty;
  }

  /** The number of the address space that the task has; undefined where the trace tells of none. */
  homeOf(task: TaskId): SpaceId | undefined {
    return this.homes.get(task);
  }

  /** Bytes that are mapped in an address space; undefined where nobody lives in it. */
  sizeOf(space: SpaceId): number | undefined {
    return this.spaces.get(space)?.size;
  }

  /** What tasks live in, in order of creation, as it is now. */
  living(): LivingSpace[] {
    const tasks = new Map<SpaceId, TaskId[]>();
    for (const [task, home] of this.homes) tasks.set(home, [...(tasks.get(home) ?? []), task]);
    const byNumber = [...tasks].sort(([left], [right]) => left - right);
    return byNumber.flatMap(([space, living]): LivingSpace[] => {
      const found = this.spaces.get(space);
      if (found === undefined) return [];
      const { program } = found;
      return [{ space, tasks: living.sort((left, right) => left - right), ...(program !== undefined && { program }), pieces: [...found.list()] }];
    });
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
          if (effect.task !== undefined) this.leave(effect.task);
          this.spaces.set(effect.space, original?.fork() ?? new AddressSpace(this.names, effect.program));
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

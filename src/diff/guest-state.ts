/** What is known of the guest at an event: enough to say what a descriptor, an address or a pid is. */
import type { TaskId } from '../base/brands.js';
import { Descriptors, ObjectNames, Spaces } from '../mappings/index.js';
import type { MemoryObject, SessionFacts, TraceEvent } from '../trace/events.js';
import type { GivenWord } from './given-words.js';
import { Lessons } from './learned.js';
import { TemporaryNames } from './temporary-names.js';

const PROGRAM = '[program]';

export interface GuestFacts {
  readonly session: SessionFacts;
  readonly objects: readonly MemoryObject[];
  /** Path of the first program. */
  readonly program?: string;
  readonly given: readonly GivenWord[];
}

export class GuestState {
  readonly spaces: Spaces;
  readonly descriptors = new Descriptors();
  readonly lessons = new Lessons();
  readonly temporary = new TemporaryNames();
  /** Seconds since 1970 when the recording started. */
  readonly startedAt: number;
  /** Made of another tool's log: what it does not tell is not known. */
  readonly isImported: boolean;
  private readonly pids = new Map<number, TaskId>();
  private readonly given: readonly GivenWord[];

  constructor({ session, objects, program, given }: GuestFacts) {
    this.given = program === undefined ? given : [{ text: program, name: PROGRAM }, ...given];
    this.isImported = session.imported !== undefined;
    this.startedAt = Math.floor(Date.parse(session.startedAt) / 1000);
    this.spaces = new Spaces(new ObjectNames(objects, (path) => this.renamed(path)));
  }

  /** Takes what the event changes. */
  apply(event: TraceEvent): void {
    for (const effect of event.effects) if (effect.type === 'task') this.pids.set(effect.pid, effect.task);
    this.spaces.apply(event);
    this.descriptors.apply(event);
    this.lessons.apply(event);
  }

  /** The task that has the pid, or had it last. */
  taskOf(pid: number): TaskId | undefined {
    return this.pids.get(pid);
  }

  /** A path without what the guest's user or chance chose. */
  renamed(path: string): string {
    for (const { text, name } of this.given) {
      if (path === text) return name;
      if (path.startsWith(text) && path[text.length] === '/') return name + path.slice(text.length);
    }
    return this.temporary.rename(path);
  }
}

/** The working folder of each task, from which relative paths begin, while the events of a trace go by. */
import { posix } from 'node:path';
import type { TaskId } from '../base/brands.js';
import type { TraceEvent } from '../trace/events.js';
import type { Descriptors } from './descriptors.js';
import { FinishedCalls } from './finished-call.js';

const SYS_CHDIR = 80;
const SYS_FCHDIR = 81;
/** linux/sched.h */
const CLONE_FS = 0x200;

interface Folder {
  path: string;
}

export class WorkingFolders {
  private readonly folders = new Map<TaskId, Folder>();
  private readonly calls = new FinishedCalls();

  /** `first`: of the first task. `descriptors`: with whole paths. */
  constructor(
    private readonly first: string,
    private readonly descriptors: Descriptors,
  ) {}

  of(task: TaskId): string {
    return this.folders.get(task)?.path ?? this.first;
  }

  /** The path, behind the working folder where it is relative. */
  whole(task: TaskId, path: string): string {
    return this.joined(this.of(task), path);
  }

  joined(folder: string, path: string): string {
    return posix.resolve('/', folder, path);
  }

  /** Takes the next event. A chdir through a symbolic link keeps the link's name. */
  apply(event: TraceEvent): void {
    for (const effect of event.effects) if (effect.type === 'task') this.born(effect.task, effect.parent, effect.flags);
    if (event.exit) this.folders.delete(event.task);
    const call = this.calls.take(event);
    if (call === undefined || call.result < 0 || (call.number !== SYS_CHDIR && call.number !== SYS_FCHDIR)) return;
    const path = call.number === SYS_CHDIR ? call.text(0) : this.descriptors.of(event.task, call.int(0))?.name;
    if (path !== undefined) this.change(event.task, this.whole(event.task, path));
  }

  private born(task: TaskId, parent: TaskId | undefined, flags: number): void {
    const folder = (parent === undefined ? undefined : this.folders.get(parent)) ?? { path: this.first };
    if (parent !== undefined) this.folders.set(parent, folder);
    this.folders.set(task, flags & CLONE_FS ? folder : { ...folder });
  }

  private change(task: TaskId, path: string): void {
    const folder = this.folders.get(task);
    if (folder === undefined) this.folders.set(task, { path });
    else folder.path = path;
  }
}

/** What the descriptors of a guest refer to, as paths (strace -y), while its events go by. */
import type { TaskId } from '../base/brands.js';
import { Descriptors, showDescriptor, WorkingFolders } from '../mappings/index.js';
import type { TraceEvent } from '../trace/events.js';
import { AT_FDCWD } from '../syscalls/index.js';

/** memfd_create(2) */
const MEMORY_FILE = 'memfd:';

export class FileNames {
  private readonly descriptors = new Descriptors((task, path) => this.folders.whole(task, path));
  private readonly folders: WorkingFolders;
  /** What the last call's arguments referred to before it. */
  private before = new Map<number, string>();
  private task = 0 as TaskId;

  constructor(workingFolder: string) {
    this.folders = new WorkingFolders(workingFolder, this.descriptors);
  }

  /** Takes the next event. */
  apply(event: TraceEvent): void {
    this.task = event.task;
    this.before.clear();
    for (const word of event.syscall?.arguments ?? []) {
      const descriptor = Number(BigInt.asIntN(32, word));
      const name = this.after(descriptor);
      if (name !== undefined) this.before.set(descriptor, name);
    }
    this.folders.apply(event);
    this.descriptors.apply(event);
  }

  /** In the arguments of the event's call; undefined where the trace does not tell. */
  readonly of = (descriptor: number): string | undefined => this.before.get(descriptor) ?? this.after(descriptor);

  /** In its result. */
  readonly after = (descriptor: number): string | undefined => {
    if (descriptor === AT_FDCWD) return this.folders.of(this.task);
    const known = this.descriptors.of(this.task, descriptor);
    if (known === undefined) return undefined;
    // As /proc/PID/fd has it.
    return known.name.startsWith(MEMORY_FILE) ? `/${known.name} (deleted)` : showDescriptor(known);
  };

  /** A path of the event's call, whole. */
  whole(path: string, folder = AT_FDCWD): string {
    if (path.startsWith('/')) return path;
    const base = this.of(folder);
    return base === undefined ? path : this.folders.joined(base, path);
  }
}

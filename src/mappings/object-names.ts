/** Names of mapped objects that are the same in each recording. */
import type { ObjectId } from '../base/brands.js';
import type { MemoryObject } from '../trace/events.js';

/** What a region over an object is called. */
export interface ObjectName {
  readonly name: string;
  /** Where several objects have the name. */
  readonly number?: number;
}

const DELETED = ' (deleted)';

// A file made by O_TMPFILE is called by its inode, a segment by its key, shared anonymous memory by
// the device behind it: none of it says more than what sort of thing it is.
const NUMBERED: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^#\d+$/, 'tmpfile'],
  [/^SYSV[0-9a-f]{8}$/, 'shm'],
  [/^zero$/, 'shared'],
];

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Gives an object its name when it is first mapped, so that they count in that order. */
export class ObjectNames {
  private readonly objects: ReadonlyMap<ObjectId, MemoryObject>;
  private readonly names = new Map<ObjectId, ObjectName>();
  private readonly counts = new Map<string, number>();
  private sharedMemories = 0;

  /** `rename` puts what the guest made up by chance in general words. */
  constructor(
    objects: Iterable<MemoryObject>,
    private readonly rename: (path: string) => string = (path) => path,
  ) {
    this.objects = new Map([...objects].map((object) => [object.id, object]));
  }

  of(id: ObjectId): ObjectName {
    let name = this.names.get(id);
    if (!name) this.names.set(id, (name = this.found(id)));
    return name;
  }

  /** The number of shared anonymous memory that is made now; such memory is no object of the trace. */
  newSharedMemory(): number {
    return ++this.sharedMemories;
  }

  private found(id: ObjectId): ObjectName {
    const path = this.objects.get(id)?.path;
    if (path === undefined) return this.counted('file');
    const deleted = path.endsWith(DELETED);
    const base = baseName(this.rename(deleted ? path.slice(0, -DELETED.length) : path));
    const known = deleted ? NUMBERED.find(([pattern]) => pattern.test(base)) : undefined;
    return known === undefined ? { name: base } : this.counted(known[1]);
  }

  private counted(name: string): ObjectName {
    const number = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, number);
    return { name, number };
  }
}

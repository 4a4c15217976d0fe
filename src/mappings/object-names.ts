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

/** Gives names to all objects of a trace; `rename` puts what the guest made up by chance in general words. */
export function objectNames(
  objects: Iterable<MemoryObject>,
  rename: (path: string) => string = (path) => path,
): ReadonlyMap<ObjectId, ObjectName> {
  const names = new Map<ObjectId, ObjectName>();
  const counts = new Map<string, number>();
  for (const { id, path } of objects) {
    const deleted = path.endsWith(DELETED);
    const base = baseName(rename(deleted ? path.slice(0, -DELETED.length) : path));
    const known = deleted ? NUMBERED.find(([pattern]) => pattern.test(base)) : undefined;
    if (known === undefined) {
      names.set(id, { name: base });
      continue;
    }
    const number = (counts.get(known[1]) ?? 0) + 1;
    counts.set(known[1], number);
    names.set(id, { name: known[1], number });
  }
  return names;
}

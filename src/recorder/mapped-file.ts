/** Files behind the mappings of a task, which may have another root and other mounts than portrace. */
import { closeSync, fstatSync, openSync, readlinkSync } from 'node:fs';
import { Trouble } from '../base/errors.js';
import { readMappings, type HostMapping } from '../tracee/index.js';
import type { MappedPart } from './objects.js';
import type { GuestSpace } from './space.js';
import type { GuestTask } from './task.js';

/** Opens the file behind a mapping. */
export function openMapped(tid: number, mapping: HostMapping): number {
  const { start, end, inode, name } = mapping;
  // Names may be gone or mean another file. The first needs CAP_CHECKPOINT_RESTORE (proc(5)), the second is the program's own.
  const links = [`/proc/${tid}/map_files/${start.toString(16)}-${end.toString(16)}`, `/proc/${tid}/exe`];
  for (const path of [...links, `/proc/${tid}/root${name}`, name]) {
    const descriptor = openIfThere(path);
    if (descriptor === undefined) continue;
    if (fstatSync(descriptor).ino === inode) return descriptor;
    closeSync(descriptor);
  }
  // Stacked file systems may tell another inode of a mapping than of its file.
  const descriptor = seesOurFiles(tid) ? openIfThere(name) : undefined;
  if (descriptor !== undefined) return descriptor;
  throw new Trouble('unsupported', `a program that maps ${name}, which this user cannot open from outside its mount namespace`);
}

/** A part of a file that a task has mapped. */
export interface PartInTask extends MappedPart {
  readonly task: GuestTask;
  readonly address: number;
}

/** Where tasks have mapped the file with an inode, each space once. A descriptor is good until the next part is asked for. */
export function* mappedParts(tasks: Iterable<GuestTask>, inode: number): Generator<PartInTask> {
  const seen = new Set<GuestSpace>();
  for (const task of tasks) {
    if (seen.has(task.space)) continue;
    seen.add(task.space);
    for (const mapping of mappingsIfThere(task.tid)) {
      if (mapping.inode !== inode) continue;
      const { start, end, offset, shared, name } = mapping;
      const descriptor = openMapped(task.tid, mapping);
      try {
        yield { task, address: start, descriptor, offset, length: end - start, shared, path: name };
      } finally {
        closeSync(descriptor);
      }
    }
  }
}

/** A task may be gone by now. */
function mappingsIfThere(tid: number): HostMapping[] {
  try {
    return readMappings(tid);
  } catch {
    return [];
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

function seesOurFiles(tid: number): boolean {
  const links = ['ns/mnt', 'root'];
  return links.every((link) => readlinkSync(`/proc/${tid}/${link}`) === readlinkSync(`/proc/self/${link}`));
}

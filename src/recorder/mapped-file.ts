/** Files behind the mappings of a task, which may have another root and other mounts than portrace. */
import { closeSync, fstatSync, openSync, readlinkSync } from 'node:fs';
import { Trouble } from '../base/errors.js';
import { readMappings, type AddressRange, type HostMapping } from '../tracee/index.js';
import type { GuestSpace } from './space.js';
import type { GuestTask } from './task.js';

/** The link to the file behind a mapping; who may follow it: `opensMapped`. */
export const mappedLink = (tid: number | 'self', { start, end }: AddressRange): string =>
  `/proc/${tid}/map_files/${start.toString(16)}-${end.toString(16)}`;

/** Opens the file behind a mapping. */
export function openMapped(tid: number, mapping: HostMapping): number {
  const { inode, name } = mapping;
  // Names may be gone or mean another file. The first needs CAP_CHECKPOINT_RESTORE (proc(5)), the second is the program's own.
  const links = [mappedLink(tid, mapping), `/proc/${tid}/exe`];
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

/** Where tasks have mapped the file with an inode, each space once. */
export function mappingsOf(tasks: Iterable<GuestTask>, inode: number): { readonly task: GuestTask; readonly mapping: HostMapping }[] {
  const seen = new Set<GuestSpace>();
  const found: { readonly task: GuestTask; readonly mapping: HostMapping }[] = [];
  for (const task of tasks) {
    if (seen.has(task.space)) continue;
    const mappings = mappingsIfThere(task.tid);
    // A task that is about to go shows none, while others of its space have them.
    if (mappings.length > 0) seen.add(task.space);
    for (const mapping of mappings) if (mapping.inode === inode) found.push({ task, mapping });
  }
  return found;
}

/** Whether this user may open what others have mapped: CAP_CHECKPOINT_RESTORE (proc(5)). */
export function opensMapped(): boolean {
  mayOpen ??= canOpenMapped();
  return mayOpen;
}

let mayOpen: boolean | undefined;

function canOpenMapped(): boolean {
  const own = readMappings(process.pid).find(({ inode }) => inode !== 0)!;
  const descriptor = openIfThere(mappedLink('self', own));
  if (descriptor === undefined) return false;
  closeSync(descriptor);
  return true;
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

/** Files behind the mappings of a task, which may have another root and other mounts than portrace. */
import { closeSync, fstatSync, openSync, readlinkSync } from 'node:fs';
import { Trouble } from '../base/errors.js';
import type { HostMapping } from '../tracee/index.js';

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

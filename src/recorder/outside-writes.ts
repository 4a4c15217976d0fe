/**
 * Mapped files that processes outside the guest write to by system calls. The guest may know of it by the event that comes
 * next, the end of a wait for them: what changed is an effect of that.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { PAGE_SIZE } from '../base/brands.js';
import type { HostMapping } from '../tracee/index.js';
import type { Effect } from '../trace/events.js';
import { mappingChange } from './calls/memory.js';
import { mappingsOf, openMapped } from './mapped-file.js';
import type { RecordSession } from './session.js';
import type { GuestTask } from './task.js';

const MADV_DONTNEED = 4;

/** What others wrote since this was asked last. */
export function outsideWrites(session: RecordSession): readonly Effect[] {
  const files = session.objects.writtenByOthers();
  if (files.length === 0) return files as readonly never[];
  return files.flatMap(({ key, inode }) => {
    const effects: Effect[] = [];
    let isMapped = false;
    for (const { task, mapping } of mappingsOf(session.tasks.values(), inode)) {
      const writes = readAgain(session, key, task, mapping);
      if (!writes) continue;
      isMapped = true;
      effects.push(...writes);
      if (!mapping.shared) effects.push(...droppedCopies(task, mapping));
    }
    if (!isMapped) session.objects.forget(key);
    return effects;
  });
}

/** What a mapping shows of a file, as far as it is new; undefined where it is of another file. */
function readAgain({ objects }: RecordSession, key: string, task: GuestTask, mapping: HostMapping): Effect[] | undefined {
  const { start, end, offset, shared, name: path } = mapping;
  const kept = objects.keptDescriptor(key);
  const descriptor = kept ?? openMapped(task.tid, mapping);
  try {
    return objects.readAgain(key, { descriptor, offset, length: end - start, shared, path });
  } finally {
    if (kept === undefined) closeSync(descriptor);
  }
}

/**
 * A file that was shorter for a moment took the private copies of its pages along (truncate_pagecache in mm/truncate.c). Pages
 * that are not private copies now are none in replay either.
 */
function droppedCopies(task: GuestTask, { start, end }: HostMapping): Effect[] {
  const effects: Effect[] = [];
  const pages = pageFlags(task.tid, start, end - start);
  for (let first = 0; first < pages.length; first++) {
    if (isCopy(pages[first]!)) continue;
    let behind = first + 1;
    while (behind < pages.length && !isCopy(pages[behind]!)) behind++;
    const range = { address: start + first * PAGE_SIZE, length: (behind - first) * PAGE_SIZE };
    effects.push(mappingChange(task, { operation: 'advise', origin: 'outside write', ...range, protection: MADV_DONTNEED }));
    first = behind;
  }
  return effects;
}

/** Bits of /proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst): in memory, swapped out, of a file. */
const PRESENT = 1n << 63n;
const SWAPPED = 1n << 62n;
const OF_FILE = 1n << 61n;

const isCopy = (page: bigint): boolean => (page & SWAPPED) !== 0n || (page & (PRESENT | OF_FILE)) === PRESENT;

function pageFlags(tid: number, address: number, length: number): BigUint64Array {
  const pages = new BigUint64Array(length / PAGE_SIZE);
  const file = openSync(`/proc/${tid}/pagemap`, 'r');
  try {
    readSync(file, pages, 0, pages.byteLength, (address / PAGE_SIZE) * pages.BYTES_PER_ELEMENT);
    return pages;
  } finally {
    closeSync(file);
  }
}

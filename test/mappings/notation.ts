/** Changes of address spaces in a small notation: every change is one line, every address one word. */
import { address, objectId, spaceId } from '../../src/base/brands.js';
import { AddressSpace, ObjectNames } from '../../src/mappings/index.js';
import type { MappingChange, MappingOperation, MemoryObject } from '../../src/trace/events.js';

export const OBJECTS: readonly MemoryObject[] = [
  { id: objectId(1), kind: 'file', path: '/lib/libc.so.6', device: 1, inode: 1, size: 0 },
  { id: objectId(2), kind: 'shared', path: '/dev/shm/#1310 (deleted)', device: 1, inode: 2, size: 0 },
  { id: objectId(3), kind: 'file', path: '/bin/guest', device: 1, inode: 3, size: 0 },
];

const OPERATIONS: Readonly<Record<string, MappingOperation>> = { munmap: 'unmap', mprotect: 'protect', mremap: 'remap', madvise: 'advise' };
const FLAGS: Readonly<Record<string, number>> = { shared: 1, 'shared-anonymous': 1, stack: 0x102 };
/** What the fourth word means to calls that map nothing. */
const PROTECTIONS: Readonly<Record<string, number>> = { none: 0, read: 1, dontfork: 10, dofork: 11 };

/**
 * `mmap 0x1000 0x2000 libc 0x3000` and so on: origin, address, length, then what is mapped with its offset, what it
 * came from with its length (mremap), or the new protection or advice.
 */
export function change(line: string): MappingChange {
  const [origin = '', at = '0', length = '0', what = '', offset = '0', more = ''] = line.split(' ');
  const operation = OPERATIONS[origin] ?? 'map';
  const object = { libc: 1, shared: 2, copy: 2, guest: 3 }[what];
  const moves = operation === 'remap';
  return {
    type: 'mapping',
    space: spaceId(1),
    operation,
    origin,
    address: address(Number(at)),
    length: Number(length),
    protection: operation === 'map' ? 3 : (PROTECTIONS[what] ?? 1),
    flags: moves ? (more === 'dontunmap' ? 5 : 1) : (FLAGS[what] ?? 2),
    offset: moves ? 0 : Number(offset),
    ...(object !== undefined && { object: objectId(object) }),
    ...(moves && { from: { address: address(Number(what)), length: Number(offset) } }),
  };
}

/** An address space after these changes; several belong to one trace where they are given the same names. */
export function spaceOf(lines: readonly string[], names = new ObjectNames(OBJECTS)): AddressSpace {
  const space = new AddressSpace(names);
  for (const line of lines) space.apply(change(line));
  return space;
}

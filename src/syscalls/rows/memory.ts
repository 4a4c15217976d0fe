/** The address space and its memory: mm/*.c of Linux 6.6, arch/x86/kernel/sys_x86_64.c. */
import { reads, writes } from '../argument.js';
import { count } from '../extent.js';
import { bytesOfBits, pagesOf } from '../irregular/memory-extents.js';
import { vector } from '../irregular/iovec.js';
import { mapOffset } from '../irregular/mmap.js';
import { bytes, opaque } from '../kinds/bytes.js';
import { advice, lockAllFlags, lockFlags, mapFlags, protection, remapFlags, syncFlags } from '../kinds/memory.js';
import { address, bits32, bits64, descriptor, identifier, int, processId, size, uint, ulong } from '../kinds/numbers.js';
import { processorSet } from '../kinds/polling.js';
import { always, upToMissing } from '../outcome.js';
import type { Family } from '../row.js';

/** Calls that change what the address space shows. */
export const MAPPINGS: Family = {
  mmap: [9, { address, length: size, protection, flags: mapFlags, fd: descriptor, offset: mapOffset }, address],
  mprotect: [10, { address, length: size, protection }],
  munmap: [11, { address, length: size }],
  brk: [12, { end: address }, address],
  mremap: [25, { address, length: size, newLength: size, flags: remapFlags, newAddress: address }, address],
  madvise: [28, { address, length: size, advice }],
  shmat: [30, { id: identifier, address, flags: bits32 }, address],
  shmdt: [67, { address }],
  remap_file_pages: [216, { address, length: size, protection, pageOffset: ulong, flags: mapFlags }],
  pkey_mprotect: [329, { address, length: size, protection, key: int }],
  map_shadow_stack: [453, { address, length: size, flags: bits32 }, address],
  mseal: [462, { address, length: size, flags: bits64 }],
};

export const MEMORY: Family = {
  msync: [26, { address, length: size, flags: syncFlags }],
  // What lies before a hole is told, too.
  mincore: [27, { address, length: size, resident: writes(bytes, pagesOf('length'), upToMissing) }],
  mlock: [149, { address, length: size }],
  munlock: [150, { address, length: size }],
  mlockall: [151, { flags: lockAllFlags }],
  munlockall: [152, {}],
  mbind: [237, { address, length: size, mode: uint, nodes: reads(processorSet, bytesOfBits('nodeCount')), nodeCount: ulong, flags: bits32 }],
  set_mempolicy: [238, { mode: int, nodes: reads(processorSet, bytesOfBits('nodeCount')), nodeCount: ulong }],
  get_mempolicy: [
    239,
    { mode: writes(int), nodes: writes(processorSet, bytesOfBits('nodeCount')), nodeCount: ulong, address, flags: bits64 },
  ],
  migrate_pages: [
    256,
    { pid: processId, nodeCount: ulong, from: reads(processorSet, bytesOfBits('nodeCount')), to: reads(processorSet, bytesOfBits('nodeCount')) },
  ],
  // The status of the pages before a failure is written too.
  move_pages: [
    279,
    {
      pid: processId,
      count: ulong,
      pages: reads(address, count('count')),
      nodes: reads(int, count('count')),
      status: writes(int, count('count'), always),
      flags: bits32,
    },
  ],
  // Writes the memory of the caller: as much as the result says.
  process_vm_readv: [
    310,
    { pid: processId, local: vector('localCount', 'out'), localCount: ulong, remote: vector('remoteCount', 'names'), remoteCount: ulong, flags: ulong },
  ],
  // Writes the memory of the other process, which may be the caller itself.
  process_vm_writev: [
    311,
    { pid: processId, local: vector('localCount', 'in'), localCount: ulong, remote: vector('remoteCount', 'names'), remoteCount: ulong, flags: ulong },
  ],
  userfaultfd: [323, { flags: bits32 }, descriptor],
  membarrier: [324, { command: int, flags: bits32, cpu: int }],
  mlock2: [325, { address, length: size, flags: lockFlags }],
  pkey_alloc: [330, { flags: bits32, rights: bits32 }],
  pkey_free: [331, { key: int }],
  process_madvise: [440, { pidfd: descriptor, vector: vector('count', 'names'), count: size, advice, flags: bits32 }],
  memfd_secret: [447, { flags: bits32 }, descriptor],
  process_mrelease: [448, { pidfd: descriptor, flags: bits32 }],
  set_mempolicy_home_node: [450, { address, length: size, node: ulong, flags: ulong }],
};

/** Not memory, but it describes segments of it. */
export const KEXEC: Family = {
  kexec_load: [246, { entry: address, count: ulong, segments: reads(opaque('kexec_segment', 32), count('count')), flags: bits64 }],
  kexec_file_load: [320, { kernel: descriptor, initrd: descriptor, length: ulong, commandLine: reads(bytes, count('length')), flags: bits64 }],
};

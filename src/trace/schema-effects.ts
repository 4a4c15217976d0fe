/** Tables of what events read and changed. */
import { DEBUG_ADDRESSES } from './events.js';
import { POSITION_BITS, POSITIONS } from './format.js';
import type { Column, Table } from './table.js';

const EVENT: Column = {
  name: 'event',
  type: 'INTEGER',
  generated: `id >> ${POSITION_BITS}`,
  doc: 'The event that the row belongs to.',
};

const EFFECT_ORDER: readonly Column[] = [
  { name: 'id', type: 'INTEGER', key: true, doc: `event * ${POSITIONS} + position.` },
  EVENT,
  {
    name: 'position',
    type: 'INTEGER',
    generated: `id & ${POSITIONS - 1}`,
    doc: "Place among the event's effects, over all effect tables: 0, 1, 2 …",
  },
];

const SPACE: Column = { name: 'space', type: 'INTEGER', doc: 'The address space.' };

const ADDRESS: Column = { name: 'address', type: 'INTEGER', doc: 'User-space virtual address, 0 … 2^47.' };

/** The columns of a byte string: in the row or, where it is longer, by content. */
const BYTES: readonly Column[] = [
  { name: 'size', type: 'INTEGER', doc: 'Number of bytes.' },
  { name: 'bytes', type: 'BLOB', doc: 'The bytes, where they are few.', absent: 'see content' },
  { name: 'content', type: 'INTEGER', doc: 'The bytes, where they are many: id in contents.', absent: 'see bytes' },
];

export const MEMORY_INPUTS: Table = {
  name: 'memory_inputs',
  doc: "What a call read from the guest's memory.",
  columns: [
    { name: 'id', type: 'INTEGER', key: true, doc: `event * ${POSITIONS} + position.` },
    EVENT,
    { name: 'position', type: 'INTEGER', generated: `id & ${POSITIONS - 1}`, doc: "Place among the event's inputs: 0, 1, 2 …" },
    { name: 'argument', type: 'INTEGER', doc: 'The argument that led there, 0 … 5.' },
    ADDRESS,
    ...BYTES,
  ],
};

export const MEMORY_WRITES: Table = {
  name: 'memory_writes',
  doc: 'Effect: bytes that changed in an address space.',
  columns: [...EFFECT_ORDER, SPACE, ADDRESS, ...BYTES],
};

export const OBJECT_WRITES: Table = {
  name: 'object_writes',
  doc: 'Effect: bytes that changed in a mapped object otherwise than through a mapping.',
  columns: [
    ...EFFECT_ORDER,
    { name: 'object', type: 'INTEGER', doc: 'The object.' },
    { name: 'offset', type: 'INTEGER', doc: 'Byte offset in the object.' },
    { name: 'object_size', type: 'INTEGER', doc: 'Bytes of the object afterwards.' },
    ...BYTES,
  ],
};

export const REGISTER_CHANGES: Table = {
  name: 'register_changes',
  doc: "Effect: a task's general registers afterwards.",
  columns: [
    ...EFFECT_ORDER,
    { name: 'task', type: 'INTEGER', doc: 'The task.' },
    { name: 'registers', type: 'BLOB', doc: 'Its registers, as the difference to what is expected (see "Registers").' },
  ],
};

export const XSTATE_CHANGES: Table = {
  name: 'xstate_changes',
  doc: "Effect: a task's extended state afterwards, as PTRACE_GETREGSET with NT_X86_XSTATE gives it.",
  columns: [
    ...EFFECT_ORDER,
    { name: 'task', type: 'INTEGER', doc: 'The task.' },
    ...BYTES,
  ],
};

export const DEBUG_REGISTER_CHANGES: Table = {
  name: 'debug_register_changes',
  doc: "Effect: a task's debug registers afterwards (Intel SDM 17.2), which its guest tracer sets to watch memory and instructions.",
  columns: [
    ...EFFECT_ORDER,
    { name: 'task', type: 'INTEGER', doc: 'The task.' },
    ...Array.from({ length: DEBUG_ADDRESSES }, (_, slot): Column => ({ name: `address_${slot}`, type: 'INTEGER', doc: `DR${slot}.` })),
    { name: 'control', type: 'INTEGER', doc: 'DR7.' },
  ],
};

export const MMAP_EVENTS: Table = {
  name: 'mmap_events',
  doc: 'Effect: one change of an address space. The addresses are those that the kernel chose.',
  columns: [
    ...EFFECT_ORDER,
    SPACE,
    { name: 'operation', type: 'INTEGER', doc: 'See the table mapping_operations.' },
    { name: 'origin', type: 'TEXT', doc: 'What the guest called, or what portrace saw: mmap, brk, munmap, shmat, execve …' },
    ADDRESS,
    { name: 'length', type: 'INTEGER', doc: 'Bytes, a whole number of pages.' },
    { name: 'protection', type: 'INTEGER', doc: 'PROT_* of mmap(2); the advice where the operation is advise.' },
    { name: 'flags', type: 'INTEGER', doc: 'MAP_* of mmap(2) that matter to replay.' },
    { name: 'object', type: 'INTEGER', doc: 'What is mapped: id in objects.', absent: 'anonymous private memory' },
    { name: 'offset', type: 'INTEGER', doc: 'Byte offset in the object.' },
    { name: 'from_address', type: 'INTEGER', doc: 'Where the range was before.', absent: 'not a remap' },
    { name: 'from_length', type: 'INTEGER', doc: 'Bytes of the range before.', absent: 'not a remap' },
  ],
};

export const TASKS: Table = {
  name: 'tasks',
  doc: 'Effect: a task began to exist.',
  columns: [
    ...EFFECT_ORDER,
    { name: 'task', type: 'INTEGER', doc: 'The task: 1 for the first, in order of creation.' },
    { name: 'parent', type: 'INTEGER', doc: 'The task that the kernel made it from.', absent: 'the first task' },
    { name: 'pid', type: 'INTEGER', doc: 'The thread id that the guest knows it by.' },
    { name: 'thread_group', type: 'INTEGER', doc: 'Thread group id: the pid of the process.' },
    { name: 'flags', type: 'INTEGER', doc: 'CLONE_* of clone(2), without the exit signal.' },
    { name: 'exit_signal', type: 'INTEGER', doc: 'The signal that its parent gets at its end, 0 for none.' },
    SPACE,
  ],
};

export const SPACES: Table = {
  name: 'spaces',
  doc: 'Effect: an address space began to exist.',
  columns: [
    ...EFFECT_ORDER,
    SPACE,
    { name: 'copy_of', type: 'INTEGER', doc: 'The address space that it is a copy of (fork).', absent: 'it is empty (execve)' },
    { name: 'task', type: 'INTEGER', doc: 'The task that has it from now on.', absent: 'not made by an execve' },
    { name: 'program', type: 'TEXT', doc: 'Path of the program.', absent: 'not made by an execve' },
  ],
};

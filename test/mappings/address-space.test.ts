/** Address spaces in a small notation: every change is one line, every address one word. */
import test from 'ava';
import { address, objectId, spaceId } from '../../src/base/brands.js';
import { AddressSpace, ObjectNames, showPlace } from '../../src/mappings/index.js';
import type { MappingChange, MemoryObject } from '../../src/trace/events.js';

const OBJECTS: readonly MemoryObject[] = [
  { id: objectId(1), kind: 'file', path: '/lib/libc.so.6', device: 1, inode: 1, size: 0 },
  { id: objectId(2), kind: 'shared', path: '/dev/shm/#1310 (deleted)', device: 1, inode: 2, size: 0 },
  { id: objectId(3), kind: 'file', path: '/bin/guest', device: 1, inode: 3, size: 0 },
];

/** `mmap 0x1000 0x2000 libc` and so on: origin, address, length, then what is mapped or where it came from. */
function change(line: string): MappingChange {
  const [origin = '', at = '0', length = '0', what = '', offset = '0'] = line.split(' ');
  const operation = { munmap: 'unmap', mprotect: 'protect', mremap: 'remap' }[origin] ?? 'map';
  const object = { libc: 1, shared: 2, guest: 3 }[what];
  return {
    type: 'mapping',
    space: spaceId(1),
    operation: operation as MappingChange['operation'],
    origin,
    address: address(Number(at)),
    length: Number(length),
    protection: origin === 'mprotect' ? 1 : 3,
    flags: what === 'shared' ? 1 : what === 'stack' ? 0x102 : 2,
    offset: Number(offset),
    ...(object !== undefined && { object: objectId(object) }),
    ...(origin === 'mremap' && { from: { address: address(Number(what)), length: Number(offset) } }),
  };
}

function spaceOf(lines: readonly string[]): AddressSpace {
  const space = new AddressSpace(new ObjectNames(OBJECTS));
  for (const line of lines) space.apply(change(line));
  return space;
}

const placeOf = (space: AddressSpace, at: number): string => {
  const place = space.placeOf(at);
  return place === undefined ? 'nothing' : showPlace(place);
};

const CASES: readonly (readonly [title: string, changes: readonly string[], places: Readonly<Record<number, string>>])[] = [
  ['anonymous mappings count in order of creation', ['mmap 0x10000 0x2000', 'mmap 0x20000 0x1000'], { 0x10000: 'anon#1', 0x11fff: 'anon#1+0x1fff', 0x12000: 'nothing', 0x20010: 'anon#2+0x10' }],
  ['a hole splits a mapping but not its name', ['mmap 0x10000 0x4000', 'munmap 0x11000 0x1000'], { 0x10fff: 'anon#1+0xfff', 0x11000: 'nothing', 0x12000: 'anon#1+0x2000' }],
  ['guard pages belong to what they guard', ['mmap 0x10000 0x4000', 'mprotect 0x10000 0x1000'], { 0x10000: 'anon#1', 0x11000: 'anon#1+0x1000' }],
  [
    'a library is one region, its cleared data included',
    ['mmap 0x10000 0x4000 libc', 'mmap 0x12000 0x1000 libc 0x1000', 'mmap 0x13000 0x1000'],
    { 0x10000: 'libc.so.6', 0x12010: 'libc.so.6+0x2010', 0x13000: 'libc.so.6+0x3000' },
  ],
  ['a program has its cleared data behind it', ['execve 0x400000 0x2000 guest', 'execve 0x402000 0x1000'], { 0x402000: 'guest+0x2000' }],
  ['shared memory is named by its offset wherever it is mapped', ['mmap 0x10000 0x1000 shared 0x5000', 'mmap 0x90000 0x1000 shared 0x5000'], { 0x10004: 'tmpfile#1+0x5004', 0x90004: 'tmpfile#1+0x5004' }],
  ['the heap counts from where it began', ['brk 0x600000 0x1000', 'brk 0x601000 0x2000'], { 0x600000: '[heap]', 0x602000: '[heap]+0x2000' }],
  ['what moves keeps its name', ['mmap 0x10000 0x2000', 'mremap 0x50000 0x4000 0x10000 0x2000'], { 0x10000: 'nothing', 0x51000: 'anon#1+0x1000', 0x53fff: 'anon#1+0x3fff' }],
  ['a new mapping covers the old one, which goes on on both sides', ['mmap 0x10000 0x3000', 'mmap 0x11000 0x1000 shared'], { 0x10000: 'anon#1', 0x11000: 'tmpfile#1', 0x12000: 'anon#1+0x2000' }],
];

for (const [title, changes, places] of CASES) {
  test(title, (t) => {
    const space = spaceOf(changes);
    for (const [at, place] of Object.entries(places)) t.is(placeOf(space, Number(at)), place, `at 0x${Number(at).toString(16)}`);
  });
}

test('offsets in the stack count from where the program found it', (t) => {
  const space = spaceOf(['execve 0x7000000 0x20000 stack']);
  space.stackBegins(0x701f000);
  t.is(placeOf(space, 0x701f000 - 0x40), '[stack]-0x40');
});

test('a copy and its original go separate ways', (t) => {
  const space = spaceOf(['mmap 0x10000 0x2000']);
  const copy = space.fork();
  copy.apply(change('munmap 0x10000 0x2000'));
  space.apply(change('mmap 0x20000 0x1000'));
  t.is(placeOf(space, 0x10000), 'anon#1');
  t.is(placeOf(copy, 0x10000), 'nothing');
  t.is(placeOf(copy, 0x20000), 'nothing');
});

test('protections are known piece by piece', (t) => {
  const space = spaceOf(['mmap 0x10000 0x3000', 'mprotect 0x11000 0x1000']);
  t.deepEqual(space.list().map(({ start, end, protection }) => [start, end, protection]), [[0x10000, 0x11000, 3], [0x11000, 0x12000, 1], [0x12000, 0x13000, 3]]);
});

/** Address spaces in a small notation: every change is one line, every address one word. */
import test from 'ava';
import { AddressSpace, showPlace } from '../../src/mappings/index.js';
import { change, spaceOf } from './notation.js';

const placeOf = (space: AddressSpace, at: number): string => {
  const place = space.placeOf(at);
  return place === undefined ? 'nothing' : showPlace(place);
};

const CASES: readonly (readonly [title: string, changes: readonly string[], places: Readonly<Record<number, string>>])[] = [
  ['anonymous mappings count in order of creation', ['mmap 0x10000 0x2000', 'mmap 0x20000 0x1000'], { 0x10000: 'anon#1', 0x11fff: 'anon#1+0x1fff', 0x12000: 'nothing', 0x20010: 'anon#2+0x10' }],
  ['a hole splits a mapping but not its name, and has it too', ['mmap 0x10000 0x4000', 'munmap 0x11000 0x1000'], { 0x10fff: 'anon#1+0xfff', 0x11000: 'anon#1+0x1000', 0x12000: 'anon#1+0x2000' }],
  ['what is unmapped between two mappings has no name', ['mmap 0x10000 0x1000', 'mmap 0x12000 0x1000'], { 0x11000: 'nothing' }],
  ['nor has what was cut off at an end', ['mmap 0x10000 0x4000', 'munmap 0x10000 0x1000', 'munmap 0x13000 0x1000'], { 0x10000: 'nothing', 0x11000: 'anon#1+0x1000', 0x13000: 'nothing' }],
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

const hex = (value: number): string => value.toString(16);

/** `10000-12000 of 2 at 5000`: where a piece is, its object and its offset. */
const pieces = (space: AddressSpace): string[] =>
  space.list().map(({ start, end, object, sharedMemory, offset }) => `${hex(start)}-${hex(end)} of ${object ?? (sharedMemory === undefined ? 'nothing' : `memory ${sharedMemory}`)} at ${hex(offset)}`);

const OFFSETS: readonly (readonly [title: string, changes: readonly string[], pieces: readonly string[]])[] = [
  ['a piece begins in its object where it was mapped', ['mmap 0x10000 0x2000 shared 0x5000'], ['10000-12000 of 2 at 5000']],
  ['what is left of a piece keeps its place in the object', ['mmap 0x10000 0x4000 shared 0x5000', 'munmap 0x11000 0x1000'], ['10000-11000 of 2 at 5000', '12000-14000 of 2 at 7000']],
  ['a protected part does as well', ['mmap 0x10000 0x3000 libc 0x1000', 'mprotect 0x11000 0x1000 read'], ['10000-11000 of 1 at 1000', '11000-12000 of 1 at 2000', '12000-13000 of 1 at 3000']],
  ['so does what moves from the middle of a piece', ['mmap 0x10000 0x3000 shared', 'mremap 0x50000 0x1000 0x11000 0x1000'], ['10000-11000 of 2 at 0', '12000-13000 of 2 at 2000', '50000-51000 of 2 at 1000']],
  ['a length of zero shows shared pages once more', ['mmap 0x10000 0x2000 shared', 'mremap 0x50000 0x1000 0x11000 0x0'], ['10000-12000 of 2 at 0', '50000-51000 of 2 at 1000']],
  ['MREMAP_DONTUNMAP leaves the old piece', ['mmap 0x10000 0x1000', 'mremap 0x50000 0x1000 0x10000 0x1000 dontunmap'], ['10000-11000 of nothing at 0', '50000-51000 of nothing at 0']],
  ['private memory has no offset', ['mmap 0x10000 0x3000', 'munmap 0x10000 0x1000'], ['11000-13000 of nothing at 0']],
  ['shared anonymous memory is told apart', ['mmap 0x10000 0x2000 shared-anonymous', 'mmap 0x20000 0x1000 shared-anonymous', 'munmap 0x10000 0x1000'], ['11000-12000 of memory 1 at 1000', '20000-21000 of memory 2 at 0']],
];

for (const [title, changes, expected] of OFFSETS) test(title, (t) => t.deepEqual(pieces(spaceOf(changes)), expected));

test('a copy leaves out what its maker keeps from children', (t) => {
  const space = spaceOf(['mmap 0x10000 0x3000 shared', 'madvise 0x10000 0x2000 dontfork', 'madvise 0x10000 0x1000 dofork']);
  t.deepEqual(pieces(space.fork()), ['10000-11000 of 2 at 0', '12000-13000 of 2 at 2000']);
  t.deepEqual(pieces(space), ['10000-11000 of 2 at 0', '11000-12000 of 2 at 1000', '12000-13000 of 2 at 2000']);
});

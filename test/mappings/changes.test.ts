/** What changed in an address space, in the notation of changes. */
import test from 'ava';
import { changesBetween, joined, type Mapping, type SpaceChange } from '../../src/mappings/index.js';
import { change, spaceOf } from './notation.js';

const hex = (value: number): string => value.toString(16);

function text({ kind, before, after, movedFrom }: SpaceChange): string {
  const { start, end } = (after ?? before)!;
  return `${kind} ${hex(start)}-${hex(end)}${movedFrom === undefined ? '' : ` from ${hex(movedFrom)}`}`;
}

/** The changes that the later ones of these lines make. */
function changes(first: readonly string[], later: readonly string[]): string[] {
  const space = spaceOf(first);
  const before: readonly Mapping[] = [...space.list()];
  for (const line of later) space.apply(change(line));
  return changesBetween(before, space.list()).map(text);
}

const CASES: readonly (readonly [title: string, before: readonly string[], after: readonly string[], changes: readonly string[]])[] = [
  ['nothing', ['mmap 0x10000 0x2000 shared'], ['mprotect 0x10000 0x1000 read', 'mmap 0x10000 0x1000 shared'], []],
  ['memory is added', [], ['mmap 0x10000 0x2000'], ['added 10000-12000']],
  ['a part is removed', ['mmap 0x10000 0x3000 libc'], ['munmap 0x11000 0x1000'], ['removed 11000-12000']],
  ['a part is protected', ['mmap 0x10000 0x3000'], ['mprotect 0x12000 0x1000 read'], ['protection 12000-13000']],
  ['another page is shown', ['mmap 0x10000 0x2000 shared'], ['mmap 0x11000 0x1000 shared 0x7000'], ['remapped 11000-12000']],
  ['neighbours that changed alike are one change', ['mmap 0x10000 0x1000 libc', 'mmap 0x11000 0x1000 libc 0x1000'], ['munmap 0x10000 0x2000'], ['removed 10000-12000']],
  ['neighbours of two objects are two', ['mmap 0x10000 0x1000 libc', 'mmap 0x11000 0x1000 guest'], ['munmap 0x10000 0x2000'], ['removed 10000-11000', 'removed 11000-12000']],
  ['memory moves and grows', ['mmap 0x10000 0x3000'], ['mremap 0x50000 0x4000 0x11000 0x1000'], ['removed 11000-12000', 'added 50000-54000 from 11000']],
  ['what is mapped anew elsewhere did not move', ['mmap 0x10000 0x1000'], ['munmap 0x10000 0x1000', 'mmap 0x50000 0x1000'], ['removed 10000-11000', 'added 50000-51000']],
];

for (const [title, before, after, expected] of CASES) test(title, (t) => t.deepEqual(changes(before, after), expected));

test('a change holds what was there and what is there', (t) => {
  const space = spaceOf(['mmap 0x10000 0x3000 shared']);
  const before = [...space.list()];
  space.apply(change('mmap 0x11000 0x1000 shared 0x9000'));
  const [only] = changesBetween(before, space.list());
  t.like(only, { before: { start: 0x11000, offset: 0x1000 }, after: { start: 0x11000, end: 0x12000, offset: 0x9000 } });
});

test('pieces that go on are joined, others are not', (t) => {
  const space = spaceOf(['mmap 0x10000 0x1000 shared', 'mmap 0x11000 0x1000 shared 0x1000', 'mmap 0x12000 0x1000 shared 0x9000', 'mmap 0x14000 0x1000', 'mmap 0x15000 0x1000', 'mprotect 0x15000 0x1000 read']);
  t.deepEqual(joined(space.list()).map(({ start, end }) => `${hex(start)}-${hex(end)}`), ['10000-12000', '12000-13000', '14000-15000', '15000-16000']);
});

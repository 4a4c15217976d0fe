/** Which pieces show the same pages, in the notation of changes. */
import test from 'ava';
import { spaceId, type SpaceId } from '../../src/base/brands.js';
import { joined, ObjectNames, samePages, seenElsewhere, type Mapping } from '../../src/mappings/index.js';
import { OBJECTS, spaceOf } from './notation.js';

const hex = (value: number): string => value.toString(16);

interface Space {
  readonly space: SpaceId;
  readonly pieces: readonly Mapping[];
}

function spacesOf(...changes: readonly (readonly string[])[]): Space[] {
  const names = new ObjectNames(OBJECTS);
  return changes.map((lines, index) => ({ space: spaceId(index + 1), pieces: joined(spaceOf(lines, names).list()) }));
}

/** `10000-11000: 2:40000`: a part of the first space, and each space and address where its pages are seen as well. */
function elsewhere(spaces: readonly Space[]): string[] {
  const seen = seenElsewhere(samePages(spaces));
  const [{ space: first, pieces }] = spaces as readonly [Space];
  return pieces.flatMap((piece) => seen(first, piece).map(({ start, end, also }) =>
    `${hex(start)}-${hex(end)}: ${also.map(({ space, address, piece: there }) => `${space}:${hex(address)}${there.shared ? '' : ' private'}`).join(', ')}`));
}

const CASES: readonly (readonly [title: string, spaces: readonly (readonly string[])[], seen: readonly string[]])[] = [
  ['one page at two addresses', [['mmap 0x10000 0x1000 shared', 'mmap 0x30000 0x1000 shared']], ['10000-11000: 1:30000', '30000-31000: 1:10000']],
  ['other pages of one object', [['mmap 0x10000 0x1000 shared', 'mmap 0x30000 0x1000 shared 0x1000']], []],
  ['a part of a piece in another space', [['mmap 0x10000 0x4000 shared'], ['mmap 0x50000 0x2000 shared 0x1000']], ['11000-13000: 2:50000']],
  ['pages in another order', [['mmap 0x10000 0x2000 shared'], ['mmap 0x50000 0x1000 shared 0x1000', 'mmap 0x51000 0x1000 shared']], ['10000-11000: 2:51000', '11000-12000: 2:50000']],
  ['pieces on both sides of a border are one part', [['mmap 0x10000 0x2000 shared'], ['mmap 0x50000 0x2000 shared', 'mprotect 0x51000 0x1000 read']], ['10000-12000: 2:50000']],
  ['private copies alone share nothing for sure', [['mmap 0x10000 0x1000 libc'], ['mmap 0x10000 0x1000 libc']], []],
  ['a private copy beside shared pages', [['mmap 0x10000 0x1000 shared', 'mmap 0x20000 0x1000 copy', 'mmap 0x30000 0x1000 copy']], ['10000-11000: 1:20000 private, 1:30000 private', '20000-21000: 1:10000', '30000-31000: 1:10000']],
  ['anonymous memory of two spaces', [['mmap 0x10000 0x1000 shared-anonymous'], ['mmap 0x10000 0x1000 shared-anonymous']], []],
];

for (const [title, spaces, seen] of CASES) test(title, (t) => t.deepEqual(elsewhere(spacesOf(...spaces)), seen));

test('shared anonymous memory is the same after a fork', (t) => {
  const space = spaceOf(['mmap 0x10000 0x2000 shared-anonymous', 'mmap 0x20000 0x1000']);
  const spaces = [space, space.fork()].map((each, index) => ({ space: spaceId(index + 1), pieces: each.list() }));
  t.deepEqual(elsewhere(spaces), ['10000-12000: 2:10000']);
});

test('of very many places a part lists the first, and how many more there are', (t) => {
  const pages = Array.from({ length: 100 }, (_, index) => `mmap ${0x10000 + index * 0x2000} 0x1000 shared`);
  const [{ space, pieces }] = spacesOf(pages) as [Space];
  const seen = seenElsewhere(samePages([{ space, pieces }]));
  for (const piece of [pieces[0]!, pieces[50]!, pieces[99]!]) {
    const [part] = seen(space, piece);
    t.is(part!.also.length, 32);
    t.is(part!.more, 67);
    t.false(part!.also.some(({ address }) => address === piece.start));
  }
});

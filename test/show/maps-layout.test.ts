/** Which places of the same pages a drawing links, in the notation of changes. */
import test from 'ava';
import { spaceId, taskId } from '../../src/base/brands.js';
import { ObjectNames, type LivingSpace } from '../../src/mappings/index.js';
import { lanesOf, linksOf, type DrawnLink, type Lane } from '../../src/show/maps-layout.js';
import { reportedLinks, reportedSpaces } from '../../src/show/maps-report.js';
import { OBJECTS, spaceOf } from '../mappings/notation.js';

const NAMES = { objects: new Map(OBJECTS.map((object) => [object.id, object])), pids: new Map() };
const CORNER = { left: 0, top: 0 };

interface Drawn {
  readonly lanes: readonly Lane[];
  readonly links: readonly DrawnLink[];
}

function drawn(spaces: readonly (readonly string[])[], shown: readonly number[]): Drawn {
  const names = new ObjectNames(OBJECTS);
  const living = spaces.map((lines, index): LivingSpace => ({ space: spaceId(index + 1), tasks: [taskId(index + 1)], pieces: spaceOf(lines, names).list() }));
  const chosen = new Set(shown.map(spaceId));
  const lanes = lanesOf(reportedSpaces(living, chosen, NAMES), CORNER);
  return { lanes, links: linksOf(lanes, reportedLinks(living, chosen)) };
}

/** `1:10000 1:30000`: both ends of each link. */
const links = (spaces: readonly (readonly string[])[], shown = spaces.map((_, index) => index + 1)): string[] =>
  drawn(spaces, shown).links.map(({ from, to }) => [from, to].map(({ lane, address }) => `${lane.space.space}:${address.toString(16)}`).join(' ')).sort();

const at = (address: string, what: string): string => `mmap 0x${address} 0x1000 ${what}`;

const CASES: readonly (readonly [title: string, spaces: readonly (readonly string[])[], links: readonly string[]])[] = [
  ['shared places are a chain', [[at('10000', 'shared'), at('30000', 'shared')], [at('10000', 'shared')]], ['1:10000 1:30000', '1:30000 2:10000']],
  ['each private place hangs at a shared one', [[at('10000', 'copy'), at('20000', 'copy'), at('30000', 'shared')], [at('10000', 'copy'), at('20000', 'copy')]], ['1:10000 1:30000', '1:20000 1:30000', '1:30000 2:10000', '1:30000 2:20000']],
  ['links that go on are one', [['mmap 0x10000 0x4000 shared'], [at('10000', 'shared 0x1000'), at('11000', 'shared 0x2000'), 'mprotect 0x11000 0x1000 read']], ['1:11000 2:10000']],
  ['what nobody shares has none', [[at('10000', 'libc')], [at('10000', 'libc')]], []],
];

for (const [title, spaces, expected] of CASES) test(title, (t) => t.deepEqual(links(spaces), expected));

test('places that are not drawn are left out of the chain', (t) => {
  const spaces = [[at('10000', 'shared')], [at('20000', 'shared')], [at('30000', 'shared')]];
  t.deepEqual(links(spaces, [1, 3]), ['1:10000 3:30000']);
});

test('pieces lie below each other in order, and a link ends where its pages are', (t) => {
  const { lanes: [lane], links: [link] } = drawn([['mmap 0x10000 0x4000 shared', 'mmap 0x7f0000000000 0x1000 shared 0x2000']], [1]);
  const [big, small] = lane!.pieces;
  t.is(small!.gap, 0x7f0000000000 - 0x14000);
  t.true(small!.top > big!.top + big!.height && small!.top < big!.top + big!.height + 100, 'the gap is compressed');
  t.is(link!.from.top, big!.top + big!.height / 2);
  t.is(link!.from.bottom, big!.top + (big!.height * 3) / 4);
  t.is(link!.to.top, small!.top);
});

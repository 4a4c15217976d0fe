/** Folders that are read in pieces. */
import test from 'ava';
import type { TaskId } from '../../src/base/brands.js';
import { Listings } from '../../src/diff/listings.js';
import { compared } from '../../src/diff/marks.js';

const TASK = 1 as TaskId;
const entry = { text: 'getdents64(</tmp/x>, _, 32768)' };

test('calls up to the one that answers 0 are one, however they were cut', (t) => {
  const listings = new Listings<typeof entry>((name) => name.replace(/\.\d+$/, '.[pid]'));
  const whole = [['72, entries [".", "a, \\"b\\"", ".."]', 5], ['0', 6]] as const;
  const cut = [['24, entries ["."]', 7], ['48, entries ["a, \\"b\\"", ".."]', 8], ['0', 9]] as const;
  for (const calls of [whole, cut]) {
    const noted = calls.map(([outcome, event]) => listings.add(TASK, { entry, outcome, event }));
    t.deepEqual(noted.slice(0, -1), calls.slice(0, -1).map(() => undefined));
    t.deepEqual(noted.at(-1), { entry, outcome: '72, entries [".", "a, \\"b\\"", ".."]', event: calls[0]![1] });
  }
  t.deepEqual(listings.rest(TASK), []);
});

test('more entries than one call shows are the same, however they were cut', (t) => {
  const names = Array.from({ length: 40 }, (_, index) => `"${index}"`);
  const listings = new Listings<typeof entry>((name) => name.replace(/\.\d+$/, '.[pid]'));
  listings.add(TASK, { entry, outcome: `960, entries [${names.slice(0, 32).join(', ')}, ...]`, event: 1 });
  const whole = listings.add(TASK, { entry, outcome: '0', event: 2 });
  listings.add(TASK, { entry, outcome: '48, entries ["0", "1"]', event: 3 });
  listings.add(TASK, { entry, outcome: `912, entries [${names.slice(2, 34).join(', ')}, ...]`, event: 4 });
  const cut = listings.add(TASK, { entry, outcome: '0', event: 5 });
  t.is(cut?.outcome, whole?.outcome);
  t.regex(whole!.outcome, /^960, entries \["0", .*"31", \.\.\.\]$/);
});

test('failures, empty answers and folders that were left off are not lost', (t) => {
  const listings = new Listings<typeof entry>((name) => name.replace(/\.\d+$/, '.[pid]'));
  for (const outcome of ['ENOENT', '0', '72']) t.deepEqual(listings.add(TASK, { entry, outcome, event: 1 }), { entry, outcome, event: 1 });
  listings.add(TASK, { entry, outcome: '24, entries ["."]', event: 2 });
  t.deepEqual(listings.rest(TASK), [{ entry, outcome: '24, entries ["."], not read to its end', event: 2 }]);
  t.deepEqual(listings.rest(TASK), []);
});

test('where names were made up, neither their order nor how long they are counts', (t) => {
  const outcomes = [
    '96, entries [".", "queue.4711", "list.4711", ".."]',
    '88, entries ["list.99", "..", ".", "queue.99"]',
  ].map((outcome) => {
    const listings = new Listings<typeof entry>((name) => name.replace(/\.\d+$/, '.[pid]'));
    listings.add(TASK, { entry, outcome, event: 1 });
    return compared(listings.add(TASK, { entry, outcome: '0', event: 2 })!.outcome);
  });
  t.deepEqual(outcomes, Array(2).fill(', entries [".", "..", "list.[pid]", "queue.[pid]"]'));
});

/** Alignment, a letter an element: what has no partner stands between brackets, A's before B's. */
import test from 'ava';
import { align, UNMATCHED } from '../../src/diff/align.js';
import { Generator } from '../trace/generated.js';

const keys = (text: string): Int32Array => Int32Array.from(text, (letter) => letter.codePointAt(0)!);

function aligned(a: string, b: string): string {
  const matches = align(keys(a), keys(b));
  let [shown, atA, atB] = ['', 0, 0];
  const gap = (endA: number, endB: number): string => {
    const [left, right] = [a.slice(atA, endA), b.slice(atB, endB)];
    return left + right === '' ? '' : `[${left}/${right}]`;
  };
  matches.forEach((other, index) => {
    if (other === UNMATCHED) return;
    shown += gap(index, other) + a[index]!;
    [atA, atB] = [index + 1, other + 1];
  });
  return shown + gap(a.length, b.length);
}

const CASES: readonly (readonly [a: string, b: string, aligned: string])[] = [
  ['', '', ''],
  ['abc', 'abc', 'abc'],
  ['', 'ab', '[/ab]'],
  ['ab', '', '[ab/]'],
  ['abcd', 'abxd', 'ab[c/x]d'],
  ['abcd', 'acd', 'a[b/]cd'],
  ['acd', 'abcd', 'a[/b]cd'],
  ['abcd', 'wxyz', '[abcd/wxyz]'],
  ['aaab', 'aab', 'aa[a/]b'],
];

for (const [a, b, expected] of CASES) test(`'${a}' and '${b}' align as '${expected}'`, (t) => t.is(aligned(a, b), expected));

/** What any alignment must be: equal elements in order, each at most once. */
function isAlignment(a: Int32Array, b: Int32Array, matches: Int32Array): boolean {
  let last = UNMATCHED;
  return matches.every((other, index) => {
    if (other === UNMATCHED) return true;
    const fits = other > last && a[index] === b[other];
    last = other;
    return fits;
  });
}

test('any two sequences align in order, with equal elements', (t) => {
  const generator = new Generator(7);
  for (let round = 0; round < 200; round++) {
    const letters = 1 + generator.number(12);
    const sequence = (): Int32Array => Int32Array.from({ length: generator.number(60) }, () => generator.number(letters));
    const [a, b] = [sequence(), sequence()];
    t.true(isAlignment(a, b, align(a, b)));
  }
});

test('a long sequence with a few changes is split at what occurs once, and all else is found', (t) => {
  const a = Int32Array.from({ length: 200_000 }, (_, index) => (index % 50 === 0 ? index : index % 7));
  const b = Int32Array.from(a);
  const changed = new Set([1, 77_777, 150_001, 199_998]);
  for (const index of changed) b[index] = -5;
  const matches = align(a, b);
  t.true(isAlignment(a, b, matches));
  t.is(matches.filter((other) => other === UNMATCHED).length, changed.size);
});

test('sequences with nothing in common do not take the time of all pairs', (t) => {
  const a = Int32Array.from({ length: 100_000 }, (_, index) => index % 10);
  const b = Int32Array.from({ length: 100_000 }, (_, index) => 10 + (index % 10));
  t.true(align(a, b).every((other) => other === UNMATCHED));
});

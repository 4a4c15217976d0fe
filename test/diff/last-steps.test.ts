/** How far a task had got when another one ended it. */
import test from 'ava';
import { comparePart } from '../../src/diff/compare-steps.js';
import { CommonTimes } from '../../src/diff/common-times.js';
import { withoutLastSteps } from '../../src/diff/last-steps.js';
import { MAIN } from '../../src/diff/task-run.js';
import { Texts } from '../../src/diff/texts.js';
import { shown, taskOf } from './notation.js';

interface Case {
  readonly title: string;
  readonly a: string;
  readonly b: string;
  readonly left?: readonly string[];
  /** Nobody made it: the guest's first task. */
  readonly isFirst?: boolean;
}

const ELEVEN_CALLS = Array.from({ length: 11 }, (_, at) => `dup(${at})=1`).join(' ');

const CASES: readonly Case[] = [
  { title: 'one call further', a: 'open=3 end=killed', b: 'open=3 pause=? end=killed' },
  { title: 'a call that returned on one side', a: 'open=3 read(3)=? end=killed', b: 'open=3 read(3)=5 write=5 end=killed' },
  { title: 'a futex that was still waited for', a: 'open=3 futex(1)=? end=exited', b: 'open=3 write=5 exit(0)=? end=exited' },
  { title: 'its own exit, where the other was ended before', a: 'open=3 end=exited', b: 'open=3 exit_group(0)=? end=exited' },
  { title: 'any number of rounds', a: 'read(3)=1 write=5 end=killed', b: `read(3)=1 ${'write=5 '.repeat(40)}end=killed` },
  { title: 'many calls', a: 'open=3 end=killed', b: `open=3 ${ELEVEN_CALLS} end=killed`, left: ELEVEN_CALLS.split(' ').map((step) => `only - | ${step}`) },
  { title: 'another end', a: 'open=3 end=killed', b: 'open=3 close=0 end=exited', left: ['only - | close=0', 'outcome end=killed | end=exited'] },
  { title: 'another call at the end', a: 'open=3 pause=? end=killed', b: 'open=3 getpid=1 end=killed', left: ['only pause=did not return | -', 'only - | getpid=1'] },
  { title: 'a call that is missing before the last ones', a: 'open=3 read=1 close=0 end=killed', b: 'open=3 close=0 end=killed', left: ['only read=1 | -'] },
  { title: 'its own exit on both sides', a: 'open=3 exit(0)=? end=exited', b: 'open=3 close=0 exit(0)=? end=exited', left: ['only - | close=0'] },
  { title: 'a fatal filter', a: 'open=3 read(3)=? end=SIGSYS', b: 'open=3 read(3)=5 write=? end=SIGSYS', left: ['outcome read(3)=did not return | read(3)=5', 'only - | write=did not return'] },
  { title: 'the first task', isFirst: true, a: 'open=3 end=killed', b: 'open=3 close=0 end=killed', left: ['only - | close=0'] },
  { title: 'no end in one of the traces', a: 'open=3', b: 'open=3 close=0 end=killed', left: ['only - | close=0', 'only - | end=killed'] },
];

for (const { title, a, b, left = [], isFirst = false } of CASES) {
  for (const [way, first, second] of [['', a, b], [', the other way round', b, a]] as const) {
    test(`${title}${way}: ${left.length === 0 ? 'left out' : 'a difference'}`, (t) => {
      const texts = new Texts();
      const place = isFirst ? {} : { task: 2, parent: 1 };
      const pair = { a: taskOf(first, texts, place), b: taskOf(second, texts, place) };
      const { differences } = comparePart(pair, MAIN, { texts, times: new CommonTimes() });
      const found = withoutLastSteps(differences, pair, MAIN, texts).map((each) => shown(each, texts));
      const expected = way === '' ? left : left.map(turned);
      t.deepEqual([...found].sort(), [...expected].sort());
      const folded = pair.a.facts.folds.of('kills') + pair.b.facts.folds.of('kills');
      t.is(folded > 0, left.length === 0);
    });
  }
}

function turned(difference: string): string {
  const [, kind, a, b] = /^(\w+) (.*) \| (.*)$/.exec(difference)!;
  return `${kind} ${b} | ${a}`;
}

import test from 'ava';
import { movable, numbered, loose } from '../../src/diff/marks.js';
import { differencesOf } from './notation.js';

const pipe = (number: number): string => `<${numbered('pipe', number)}>`;

const CASES: readonly (readonly [title: string, a: string, b: string, differences: readonly string[]])[] = [
  ['nothing is different', 'open(x)=3 close=0', 'open(x)=3 close=0', []],
  ['the same call with another result is one difference', 'open(x)=3 close=0', 'open(x)=ENOENT close=0', ['outcome open(x)=3 | open(x)=ENOENT']],
  ['the same call with other arguments is one difference', 'open(x)=3 close=0', 'open(y)=3 close=0', ['change open(x)=3 | open(y)=3']],
  ['a call too many is a difference of its own', 'open(x)=3 close=0', 'open(x)=3 getpid=1 close=0', ['only - | getpid=1']],
  ['a result wins over a missing call', 'getpid=1 open(x)=3 close=0', 'open(x)=EIO close=0', ['only getpid=1 | -', 'outcome open(x)=3 | open(x)=EIO']],
  ['a call that comes later has moved', 'getpid=1 open(x)=3 read=4 close=0', 'open(x)=3 read=4 close=0 getpid=1', ['moved getpid=1 | getpid=1']],
  ['what is loose does not count', `open(${loose('1')})=3`, `open(${loose('2')})=3`, []],
  ['what is movable counts', `mmap(${movable('1')})=3`, `mmap(${movable('2')})=3`, ['change mmap(1)=3 | mmap(2)=3']],
  ['another number for the same thing is no difference', `pipe=${pipe(1)} read(${pipe(1)})=1`, `pipe=${pipe(2)} read(${pipe(2)})=1`, []],
  [
    'another thing of the same name is one',
    `pipe=${pipe(1)} pipe=${pipe(2)} read(${pipe(1)})=1`,
    `pipe=${pipe(1)} pipe=${pipe(2)} read(${pipe(2)})=1`,
    ['name read(<pipe#1>)=1 | read(<pipe#2>)=1'],
  ],
];

for (const [title, a, b, differences] of CASES) test(title, (t) => t.deepEqual(differencesOf(a, b), differences));

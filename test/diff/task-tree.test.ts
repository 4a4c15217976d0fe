import test from 'ava';
import { matchTasks, type TaskMatch } from '../../src/diff/task-tree.js';
import { Texts } from '../../src/diff/texts.js';
import { taskOf } from './notation.js';

/** Tasks by number: of which task each is a child (0: of none), and what it does. */
type Tree = Readonly<Record<number, readonly [parent: number, steps: string]>>;

function matched(a: Tree, b: Tree): string {
  const texts = new Texts();
  const [left, right] = [a, b].map((tree) => Object.entries(tree).map(([task, [parent, steps]]) => taskOf(steps, texts, { task: Number(task), parent })));
  const { pairs, onlyA, onlyB }: TaskMatch = matchTasks({ tasks: left! }, { tasks: right! }, texts);
  const alone = (side: string, runs: TaskMatch['onlyA']): string[] => runs.map((run) => `${side}${run.facts.task}`);
  return [...pairs.map((pair) => `${pair.a.facts.task}=${pair.b.facts.task}`), ...alone('A', onlyA), ...alone('B', onlyB)].join(' ');
}

test('children are matched in the order of their birth', (t) => {
  const tree: Tree = { 1: [0, 'fork'], 2: [1, 'read'], 3: [1, 'read'], 4: [3, 'write'] };
  t.is(matched(tree, tree), '1=1 2=2 3=3 4=4');
});

test('children that did the same are matched though another was born between', (t) => {
  t.is(matched({ 1: [0, ''], 2: [1, 'read'], 3: [1, 'write'] }, { 1: [0, ''], 2: [1, 'open'], 3: [1, 'read'], 4: [1, 'write'] }), '1=1 2=3 3=4 B2');
});

test('children that were born in the other order are known by what they did', (t) => {
  t.is(matched({ 1: [0, ''], 2: [1, 'read'], 3: [1, 'write'] }, { 1: [0, ''], 2: [1, 'write'], 3: [1, 'read'] }), '1=1 2=3 3=2');
});

test('children that were born in the other order are known by their families', (t) => {
  const a: Tree = { 1: [0, ''], 2: [1, 'a'], 3: [1, 'b'], 4: [2, 'c'], 5: [4, 'd'] };
  const b: Tree = { 1: [0, ''], 2: [1, 'e'], 3: [1, 'f'], 4: [3, 'c'], 5: [4, 'd'] };
  t.is(matched(a, b), '1=1 2=3 3=2 4=4 5=5');
});

test('a task without a family stays where it was born', (t) => {
  t.is(matched({ 1: [0, ''], 2: [1, 'a'], 3: [1, 'b'], 4: [2, 'c'] }, { 1: [0, ''], 2: [1, 'e'], 3: [1, 'f'] }), '1=1 2=2 3=3 A4');
});

test('a task too many is told with all that came of it', (t) => {
  t.is(matched({ 1: [0, ''], 2: [1, 'a'] }, { 1: [0, ''], 2: [1, 'a'], 3: [1, 'a'], 4: [3, 'b'] }), '1=1 2=2 B3 B4');
});

/** Tasks in a small notation: `open=3 read=EIO` are two steps, what was done and what came of it. */
import { comparePart } from '../../src/diff/compare-steps.js';
import { CommonTimes } from '../../src/diff/common-times.js';
import { stepAt, type Difference, type StepPlace } from '../../src/diff/differences.js';
import { Folds } from '../../src/diff/folds.js';
import { readable } from '../../src/diff/marks.js';
import { rulesInForce } from '../../src/diff/rules.js';
import { SameNames } from '../../src/diff/same-names.js';
import { NOT_RETURNED, STEP_EXIT } from '../../src/diff/steps.js';
import { MAIN, TaskRun } from '../../src/diff/task-run.js';
import { Texts } from '../../src/diff/texts.js';
import { taskId } from '../../src/base/brands.js';
import { rowNamed } from '../../src/syscalls/index.js';

/** Which task it is, where it matters. */
interface Place {
  readonly task?: number;
  readonly parent?: number;
}

/** A task from its steps; a word before a parenthesis or `=` is the name of the call, `end` its end; `=?` did not return. */
export function taskOf(notation: string, texts: Texts, { task = 1, parent }: Place = {}): TaskRun {
  const run = new TaskRun({
    task: taskId(task),
    ...(parent !== undefined && { parent: taskId(parent) }),
    pid: 10,
    group: 10,
    flags: 0,
    born: 1,
    program: '/bin/guest',
    folds: new Folds(),
    rules: rulesInForce(),
    texts,
  });
  notation.split(' ').filter((word) => word !== '').forEach((word, index) => {
    const [did = '', got = ''] = word.split('=');
    const name = /^\w+/.exec(did)?.[0] ?? '';
    const sort = name === 'end' ? STEP_EXIT : (rowNamed(name)?.number ?? 400);
    run.main.push({ did: texts.number(did), got: texts.number(got === '?' ? NOT_RETURNED : got), sort, event: index + 1 });
  });
  return run;
}

/** The differences of two tasks, one a line. */
export function differencesOf(a: string, b: string): string[] {
  const texts = new Texts();
  const [left, right] = [taskOf(a, texts), taskOf(b, texts)];
  const { differences, renamed, identical } = comparePart({ a: left, b: right }, MAIN, { texts, times: new CommonTimes() });
  const named = new SameNames([{ a: left, b: right }], texts, identical).check(renamed);
  return [...differences, ...named].map((each) => shown(each, texts));
}

export function shown({ kind, a, b }: Difference, texts: Texts): string {
  const say = (place: StepPlace | undefined): string => {
    if (!place) return '-';
    const { did, got } = stepAt(place);
    return readable(`${texts.text(did)}=${texts.text(got)}`);
  };
  return `${kind} ${say(a)} | ${say(b)}`;
}

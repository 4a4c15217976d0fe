import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { findCases, type TestCase } from '../../src/cases/index.js';
import { temporaryFolder } from '../harness/folders.js';

/** Folders with these case files. */
function folderWith(t: ExecutionContext, files: Readonly<Record<string, unknown>>): string {
  const folder = temporaryFolder(t);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

const COMMAND = { command: ['./guest'] };
const names = (cases: readonly TestCase[]): string[] => cases.map(({ name }) => name);

test('cases are found in all folders below, in order of their names', (t) => {
  const folder = folderWith(t, { 'b/case.json': COMMAND, 'a/c/case.json': COMMAND, 'a/other.json': '{', 'z/x.trace': '' });
  t.deepEqual(names(findCases([folder])), ['a/c', 'b']);
  t.deepEqual(names(findCases([join(folder, 'b/case.json'), join(folder, 'z/x.trace')])), ['b', 'x']);
});

test('a file may have several cases, each with a name', (t) => {
  const folder = folderWith(t, { 'a/case.json': [{ name: 'one', ...COMMAND }, { name: 'two', trace: 'two.trace', ...COMMAND }] });
  const cases = findCases([folder]);
  t.deepEqual(names(cases), ['a/one', 'a/two']);
  t.is(cases[1]!.trace, join(folder, 'a/two.trace'));
});

test('what a file leaves out is the usual', (t) => {
  const folder = folderWith(t, { 'a/case.json': COMMAND });
  const [found] = findCases([folder]);
  t.like(found, { trace: join(folder, 'a/golden.trace'), recipe: { input: '', expect: [], environment: { LANG: 'C' } } });
  t.false('port' in found!.recipe!);
});

test('a port has expectations of its own beside those of all ports', (t) => {
  const folder = folderWith(t, { 'a/case.json': { ...COMMAND, port: 'linux' }, 'a/expected.txt': '', 'a/expected.gvisor.txt': '' });
  const expected = (port?: string): string[] => findCases([folder], port)[0]!.recipe!.expect.map((path) => path.slice(folder.length + 3));
  t.deepEqual(expected(), ['expected.txt']);
  t.deepEqual(expected('gvisor'), ['expected.txt', 'expected.gvisor.txt']);
  t.is(findCases([folder], 'gvisor')[0]!.recipe!.port, 'gvisor');
});

const WRONG: readonly (readonly [text: string, says: RegExp])[] = [
  ['{', /^cannot read .*case\.json: /],
  ['1', /case\.json: a case is an object$/],
  ['{}', /case\.json: command is missing: a list of the guest and its arguments$/],
  ['{"command": "x"}', /case\.json: command is not a list of strings$/],
  ['{"command": ["x"], "comand": 1}', /case\.json: comand is not known; a case has name, trace, command, /],
  ['{"command": ["x"], "timeout": -1}', /case\.json: timeout is not a number of seconds$/],
  ['{"command": ["x"], "environment": {"A": 1}}', /case\.json: environment is not an object of strings$/],
  ['{"command": ["x"], "ignore": ["nonsense"]}', /case\.json: ignore nonsense is no rule, system call or signal; the rules are /],
  ['[{"command": ["x"]}]', /case\.json: name is missing; each case of a list has one$/],
];

for (const [text, says] of WRONG) {
  test(`refused: ${text}`, (t) => {
    const folder = folderWith(t, { 'case.json': text });
    t.throws(() => findCases([folder]), { message: says, name: 'Trouble' });
  });
}

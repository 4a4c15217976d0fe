/** `portrace test` on copies of the golden traces, whole and spoilt. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Reg } from '../../src/base/registers.js';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { forgeTrace } from '../harness/forged-trace.js';
import { portrace, portraceCommand } from '../harness/portrace.js';
import { processesOf } from '../harness/processes.js';
import type { Finished } from '../harness/run.js';
import { dialogue } from '../harness/terminal.js';

const OUTSIDE_CI = { GITHUB_ACTIONS: '' };

/** A folder with `traces` in it: the header, and copies of these golden cases. */
function golden(t: ExecutionContext, ...names: string[]): string {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'traces'));
  for (const name of ['guest.h', ...names]) cpSync(join(CHECKOUT, 'traces', name), join(folder, 'traces', name), { recursive: true });
  return folder;
}

const run = (t: ExecutionContext, cwd: string, args: readonly string[], environment: Readonly<Record<string, string>> = OUTSIDE_CI): Promise<Finished> =>
  portrace(t, ['test', ...args], { cwd, environment });

/** Changes a file's text, which has to have what is changed. */
function edit(t: ExecutionContext, path: string, from: string, to: string): void {
  const text = readFileSync(path, 'utf8');
  t.true(text.includes(from), `${path} has ${from}`);
  writeFileSync(path, text.replace(from, to));
}

/** The golden trace of a case in which the guest has another register at its third event. */
function spoil(t: ExecutionContext, folder: string): void {
  const path = join(folder, 'golden.trace');
  const whole = join(folder, 'whole.trace');
  renameSync(path, whole);
  const changed = forgeTrace(whole, path, (event) => {
    if (event.index !== 3 || !event.registers) return event;
    const registers = event.registers.clone();
    registers.setNumber(Reg.rbx, 77);
    return { ...event, registers };
  });
  rmSync(whole);
  t.is(changed, 1);
}

test('golden traces replay: TAP, exit status 0', async (t) => {
  const { code, stdout, stderr } = await run(t, golden(t, 'files', 'mappings'), []);
  t.is(stderr, '');
  t.is(stdout, 'TAP version 13\n1..2\nok 1 - files\nok 2 - mappings\n# 2 passed\n');
  t.is(code, 0);
});

test('a trace that the guest does not follow fails, and every report says why', async (t) => {
  const folder = golden(t, 'files', 'mappings');
  spoil(t, join(folder, 'traces/files'));
  const { code, stdout, stderr } = await run(t, folder, ['--junit', 'report.xml'], { GITHUB_ACTIONS: 'true' });
  t.is(code, 1);
  t.regex(stdout, /^not ok 1 - files\n {2}---\n {2}outcome: fail\n {2}message: "diverged at event 3, task 1: /m);
  t.regex(stdout, /^ok 2 - mappings\n# 1 passed, 1 failed\n$/m);
  t.regex(stderr, /^::error file=traces\/files\/case\.json,title=portrace test%3A files::diverged at event 3, task 1: .*%0A.*\n$/);
  const junit = readFileSync(join(folder, 'report.xml'), 'utf8');
  t.regex(junit, /<testsuite name="portrace test" tests="2" failures="1" errors="0">/);
  t.regex(junit, /<testcase name="files" classname="traces\/files\/case\.json">\n +<failure message="diverged at event 3/);
});

test('what cannot be run is trouble, exit status 2, and the others run all the same', async (t) => {
  const folder = golden(t, 'files', 'mappings');
  rmSync(join(folder, 'traces/files/golden.trace'));
  const { code, stdout } = await run(t, folder, ['--jobs', '1']);
  t.is(code, 2);
  t.regex(stdout, /^ {2}outcome: trouble\n {2}message: "cannot open .*golden\.trace: no such file; check the name"$/m);
  t.regex(stdout, /^ok 2 - mappings\n# 1 passed, 1 could not be run$/m);
});

test('--record: the same guest passes, a changed one fails at the changed call', async (t) => {
  const folder = golden(t, 'files', 'mappings');
  edit(t, join(folder, 'traces/mappings/guest.c'), '"b", 1, PAGE', '"b", 1, PAGE + 1');
  edit(t, join(folder, 'traces/mappings/guest.c'), "one[PAGE] == 'b' && two[0] == 'b'", "one[PAGE + 1] == 'b'");
  const { code, stdout } = await run(t, folder, ['--record', '--artifacts', 'kept']);
  t.is(code, 1);
  t.regex(stdout, /^ok 1 - files$/m);
  t.regex(stdout, /message: ".*pwrite64/);
  for (const file of ['mappings.trace', 'mappings.html', 'mappings.expected.txt']) t.true(existsSync(join(folder, 'kept', file)), file);

  cpSync(join(folder, 'kept/mappings.expected.txt'), join(folder, 'traces/mappings/expected.here.txt'));
  t.is((await run(t, folder, ['--record', 'traces/mappings'])).code, 1, 'the expectation is of another port');
  t.is((await run(t, folder, ['--record', '--port', 'here', 'traces/mappings'])).code, 0, 'the difference is expected on this port');
  cpSync(join(folder, 'kept/mappings.expected.txt'), join(folder, 'traces/files/expected.txt'));
  const gone = await run(t, folder, ['--record', 'traces/files']);
  t.is(gone.code, 0);
  t.regex(gone.stdout, /^# expected, but gone: .*pwrite64/m);
});

test('--update replaces golden traces that differ, and leaves the others alone', async (t) => {
  const folder = golden(t, 'files', 'mappings');
  const traceOf = (name: string): Buffer => readFileSync(join(folder, 'traces', name, 'golden.trace'));
  const before = traceOf('files');
  edit(t, join(folder, 'traces/mappings/guest.c'), 'mappings done', 'mappings changed');
  const { code, stdout } = await run(t, folder, ['--update']);
  t.is(code, 0, stdout);
  t.regex(stdout, /^ok 1 - files\n# as it was\nok 2 - mappings\n# golden trace replaced\n/m);
  t.deepEqual(traceOf('files'), before);
  t.is((await run(t, folder, ['--record'])).code, 0);
  t.is((await run(t, folder, [])).code, 0);
});

test('a guest that cannot be made or started is trouble', async (t) => {
  const folder = golden(t, 'files', 'mappings');
  edit(t, join(folder, 'traces/files/guest.c'), 'int run(void) {', 'int run(void) { nonsense');
  edit(t, join(folder, 'traces/mappings/case.json'), '"command": ["../../build/golden/mappings"]', '"command": ["./not-there"]');
  const { code, stdout } = await run(t, folder, ['--record']);
  t.is(code, 2);
  t.regex(stdout, /^ {2}message: "building the guest ended with 1: /m);
  t.regex(stdout, /^ {2}message: "\.\/not-there: not found/m);
});

test('a guest that does not end is given up after its time, and is gone', async (t) => {
  const folder = golden(t, 'files');
  const program = join(folder, 'traces/files/waiting-guest');
  cpSync('/bin/sleep', program);
  writeFileSync(join(folder, 'traces/files/case.json'), JSON.stringify({ command: ['./waiting-guest', '1000'], timeout: 2 }));
  const { code, stdout } = await run(t, folder, ['--record']);
  t.is(code, 2);
  t.regex(stdout, /^ {2}message: "recording did not end within 2 seconds"$/m);
  t.deepEqual(processesOf(program), []);
});

test('a list of cases in one file, and traces without a file', async (t) => {
  const folder = golden(t, 'files', 'mappings');
  const cases = ['files', 'mappings'].map((name) => ({ name, trace: `${name}/golden.trace`, command: [`../build/golden/${name}`] }));
  writeFileSync(join(folder, 'traces/case.json'), JSON.stringify(cases));
  for (const { name } of cases) rmSync(join(folder, 'traces', name, 'case.json'));
  const listed = await run(t, folder, []);
  t.is(listed.code, 0);
  t.regex(listed.stdout, /^ok 1 - traces\/files\nok 2 - traces\/mappings$/m);
  const alone = await run(t, folder, ['traces/files/golden.trace']);
  t.regex(alone.stdout, /^ok 1 - golden$/m);
  const recorded = await run(t, folder, ['--record', 'traces/files/golden.trace']);
  t.is(recorded.code, 2);
  t.regex(recorded.stdout, /is a trace without a case\.json: it can be replayed, not recorded/);
});

test('what makes no sense is refused in one line', async (t) => {
  const folder = golden(t, 'files');
  mkdirSync(join(folder, 'empty'));
  const refused = async (args: readonly string[], says: RegExp): Promise<void> => {
    const { code, stdout, stderr } = await run(t, folder, args);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, says);
  };
  await refused(['--jobs', '0'], /^portrace: test: --jobs takes a number from 1 on\n$/);
  await refused(['--record', '--update'], /^portrace: test: --record compares with golden traces, --update replaces them; say one of them\n$/);
  await refused(['empty'], /^portrace: no test case in empty: a case is a folder with a case\.json, or a trace\n$/);
});

test('--json tells all, and a terminal gets a list', async (t) => {
  const folder = golden(t, 'files', 'mappings');
  spoil(t, join(folder, 'traces/files'));
  const { stdout, code } = await run(t, folder, ['--json', '--jobs', '2']);
  t.is(code, 1);
  t.like(JSON.parse(stdout), { mode: 'replay', cases: [{ name: 'files', outcome: 'fail' }, { name: 'mappings', outcome: 'pass' }] });
  const shown = await dialogue(t, portraceCommand('test', 'traces'), [], { cwd: folder, environment: { ...OUTSIDE_CI, NO_COLOR: '1' } });
  t.is(shown.code, 1);
  t.regex(shown.stdout, /^✘ files \(\d+\.\d s\): diverged at event 3/m);
  t.regex(shown.stdout, /^✔ mappings \(\d+\.\d s\)\r?$/m);
  t.regex(shown.stdout, /^1 passed, 1 failed\r?$/m);
});

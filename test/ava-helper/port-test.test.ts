/** `portrace/ava` in a project of its own, run by a real AVA. */
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { run, type Finished } from '../harness/run.js';

/** A project with two golden traces and three lines of tests. */
function project(t: ExecutionContext): string {
  const folder = temporaryFolder(t);
  const put = (path: string, text: string): void => writeFileSync(join(folder, path), text);
  put('package.json', JSON.stringify({ type: 'module', ava: { workerThreads: false, files: ['ports.test.js'] } }));
  put('ports.test.js', "import test from 'ava';\nimport { portTest } from 'portrace/ava';\nportTest(test, 'traces');\n");
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(CHECKOUT, join(folder, 'node_modules/portrace'));
  symlinkSync(join(CHECKOUT, 'node_modules/ava'), join(folder, 'node_modules/ava'));
  for (const name of ['guest.h', 'files', 'mappings']) cpSync(join(CHECKOUT, 'traces', name), join(folder, 'traces', name), { recursive: true });
  return folder;
}

function suite(t: ExecutionContext, folder: string, environment: Readonly<Record<string, string>> = {}): Promise<Finished> {
  const ava = join(CHECKOUT, 'node_modules/ava/entrypoints/cli.mjs');
  return run(t, [process.execPath, ava, '--tap'], { cwd: folder, environment: { PORTRACE_TEST: 'replay', CI: '1', ...environment } });
}

test('each case is a test, which passes where its golden trace replays', async (t) => {
  const folder = project(t);
  const whole = await suite(t, folder);
  t.is(whole.code, 0, whole.stdout);
  t.regex(whole.stdout, /^ok \d - replay files$/m);
  t.regex(whole.stdout, /^ok \d - replay mappings$/m);
  rmSync(join(folder, 'traces/files/golden.trace'));
  const broken = await suite(t, folder);
  t.is(broken.code, 1);
  t.regex(broken.stdout, /^not ok \d - replay files$/m);
  t.regex(broken.stdout, /could not be run: cannot open .*golden\.trace: no such file/);
});

test('PORTRACE_TEST=record records the guests on this host and compares', async (t) => {
  const folder = project(t);
  cpSync(join(folder, 'traces/mappings/golden.trace'), join(folder, 'traces/files/golden.trace'));
  const { code, stdout } = await suite(t, folder, { PORTRACE_TEST: 'record' });
  t.is(code, 1);
  t.regex(stdout, /^ok \d - record mappings$/m);
  t.regex(stdout, /^not ok \d - record files$/m);
});

test('what is no mode is refused', async (t) => {
  const { code, stdout, stderr } = await suite(t, project(t), { PORTRACE_TEST: 'nonsense' });
  t.is(code, 1);
  t.regex(stdout + stderr, /PORTRACE_TEST is nonsense; it may be replay, record, update/);
});

/** Help, the manual page and completion hold every command. */
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { COMMAND_NAMES } from '../../src/cli/command-line.js';
import { manPage } from '../../src/cli/man-page.js';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { portrace } from '../harness/portrace.js';
import { run } from '../harness/run.js';

const NAMES = COMMAND_NAMES;

test('help names every command, and each has examples of its own', async (t) => {
  const { stdout } = await portrace(t, ['--help']);
  for (const name of NAMES) t.regex(stdout, new RegExp(`^  portrace ${name}\\b`, 'm'));
  for (const name of NAMES) {
    const { code, stdout: help } = await portrace(t, [name, '--help']);
    t.is(code, 0);
    t.regex(help, new RegExp(`^Examples:\\n.*\\bportrace ${name}\\b`, 'm'), name);
  }
});

test('behind -- a name may begin with a dash', async (t) => {
  const folder = temporaryFolder(t);
  copyFileSync(join(CHECKOUT, 'traces/files/golden.trace'), join(folder, '-f'));
  for (const words of [['show', '--to', '1', '--', '-f'], ['query', '--csv', '--', '-f', 'SELECT 1']]) {
    const { code, stdout, stderr } = await portrace(t, words, { cwd: folder });
    t.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    t.regex(stdout, /execve|^1\r\n/);
  }
});

test('docs/portrace.1 is what scripts/man-page.ts writes, and has every command', async (t) => {
  const written = readFileSync(join(CHECKOUT, 'docs/portrace.1'), 'utf8');
  t.is(written, await manPage(), 'run: npm run docs');
  t.deepEqual([...written.matchAll(/^\.SS (.*)$/gm)].map(([, name]) => name), NAMES);
});

test('bash completes commands and options', async (t) => {
  const words = async (...line: string[]): Promise<string[]> => {
    const script = `source <(portrace completion); COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length - 1}; COMP_LINE="\${COMP_WORDS[*]}"; _portrace_yargs_completions; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await run(t, ['bash', '-c', script], { environment: { SHELL: '/bin/bash', PATH: `${join(CHECKOUT, 'bin')}:${process.env['PATH']!}` } });
    t.is(stderr, '');
    return stdout.trim().split('\n');
  };
  const commands = await words('portrace', '');
  for (const name of NAMES) t.true(commands.includes(name), `${name} is not among ${commands.join(' ')}`);
  t.deepEqual(await words('portrace', 'que'), ['query']);
  t.deepEqual(await words('portrace', 'show', '--strac'), ['--strace']);
  t.true((await words('portrace', 'show', '--')).includes('--around'));
});

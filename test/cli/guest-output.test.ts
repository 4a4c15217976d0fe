/** What a guest writes, on its way to whoever reads it. */
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { portraceCommand, record, replay } from '../harness/portrace.js';
import { run } from '../harness/run.js';

const LINES = 300_000;
/** Reads a first part byte by byte, which is slow, and counts the lines of all. */
const SLOW_READER = '{ dd bs=1 count=200000 status=none; cat; } | wc -l';

const shell = (script: string, ...args: string[]): string[] => ['bash', '-o', 'pipefail', '-c', script, 'bash', ...args];
const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');

test('the standard streams of a guest block, as those of any program that a shell starts', async (t) => {
  const recorded = await record(t, join(temporaryFolder(t), 'x.trace'), ['cat', '/proc/self/fdinfo/1', '/proc/self/fdinfo/2']);
  const flags = recorded.stdout.match(/^flags:\s*[0-7]+$/gm)!.map((line) => parseInt(line.split(/\s+/)[1]!, 8));
  t.is(flags.length, 2);
  for (const each of flags) t.is(each & 0o4000, 0);
});

test('a slow reader slows down a recording and a replay, and gets everything', async (t) => {
  const trace = join(temporaryFolder(t), 'x.trace');
  const guest = ['seq', '1', `${LINES}`];
  for (const command of [portraceCommand('record', '-o', trace, '--', ...guest), portraceCommand('replay', trace)]) {
    const { code, stdout, stderr } = await run(t, shell(`${quoted(command)} | ${SLOW_READER}`));
    t.is(code, 0, stderr);
    t.is(stdout, `${LINES}\n`);
  }
});

test('a replay whose reader goes away gives its verdict', async (t) => {
  const trace = join(temporaryFolder(t), 'x.trace');
  t.is((await record(t, trace, ['seq', '1', `${LINES}`])).code, 0);
  const { code, stdout, stderr } = await run(t, shell(`${quoted(portraceCommand('replay', trace))} | head -n 1`));
  t.is(code, 0, stderr);
  t.is(stdout, '1\n');
});

test('a replay that cannot write says so in one line', async (t) => {
  const trace = join(temporaryFolder(t), 'x.trace');
  t.is((await record(t, trace, ['echo', 'hello'])).code, 0);
  t.is((await replay(t, trace)).stdout, 'hello\n');
  const { code, stderr } = await run(t, shell(`${quoted(portraceCommand('replay', trace))} > /dev/full`));
  t.is(code, 2);
  t.regex(stderr, /^portrace: cannot write to standard output: ENOSPC.*\n$/);
});

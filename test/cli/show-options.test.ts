import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { portrace, record } from '../harness/portrace.js';

async function recorded(t: ExecutionContext): Promise<string> {
  const trace = join(temporaryFolder(t), 'cat.trace');
  await record(t, trace, ['/usr/bin/env', '-i', '/usr/bin/sh', '-c', 'cd /etc; cat passwd none; kill -USR1 $$']);
  return trace;
}

async function lines(t: ExecutionContext, ...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await portrace(t, ['show', ...args]);
  t.is(code, 0, stderr);
  return stdout === '' ? [] : stdout.trimEnd().split('\n');
}

const calls = (shown: readonly string[]): string[] => shown.filter((line) => / [a-z]\w*\(/.test(line));

test('filters choose calls by name, class, pattern, status and path', async (t) => {
  const trace = await recorded(t);
  const all = calls(await lines(t, '-f', trace));
  const only = async (...options: string[]): Promise<string[]> => calls(await lines(t, '-f', ...options, trace));
  const having = (pattern: RegExp): string[] => all.filter((line) => pattern.test(line));
  t.deepEqual(await only('-e', 'openat'), having(/ openat\(/));
  t.deepEqual(await only('-e', 'trace=openat,close'), having(/ (openat|close)\(/));
  t.deepEqual(await only('-e', 'trace=!openat,close'), all.filter((line) => !/ (openat|close)\(/.test(line)));
  t.deepEqual(await only('-e', '/^m(map|protect)$'), having(/ (mmap|mprotect)\(/));
  t.deepEqual(await only('-e', 'openat', '-e', 'status=failed'), having(/ openat\(.* = -1 /));
  t.deepEqual(await only('-e', 'trace=?nosuchcall,brk'), having(/ brk\(/));
  t.deepEqual(await only('-e', 'status=unavailable'), having(/ exit_group\(/));
  const about = await only('-P', '/etc/passwd');
  t.true(about.some((line) => line.includes('openat(AT_FDCWD, "passwd"')), about.join('\n'));
  t.true(about.some((line) => / read\(3/.test(line)) && about.some((line) => / close\(3\)/.test(line)));
  t.false(about.some((line) => line.includes('none')));
  const signals = await lines(t, '--strace', '-e', 'trace=none', '-e', 'signal=USR1', trace);
  t.true(signals.some((line) => line.startsWith('--- SIGUSR1 {')));
  t.false(signals.some((line) => line.startsWith('--- SIGCHLD')));
});

test('columns and forms', async (t) => {
  const trace = await recorded(t);
  const first = async (...options: string[]): Promise<string> => (await lines(t, ...options, trace)).find((line) => line.includes('brk(')) ?? '';
  t.regex(await first('--strace'), /^brk\(NULL\) {31}= 0x[0-9a-f]+$/);
  t.regex(await first('--strace', '-n'), /^\[ {2}12\] brk\(NULL\) {24}= 0x/);
  t.regex(await first('--strace', '-ttt', '-T'), /^\d{10}\.\d{6} brk\(NULL\) +.* <\d+\.\d{6}>$/);
  t.regex(await first('--strace', '-r'), /^ +\d+\.\d{6} brk\(/);
  t.regex(await first('-tt'), /^ +\d+ {2}1\(\w+\) +\d\d:\d\d:\d\d\.\d{6} brk\(/);
  t.true((await lines(t, '-y', '--strace', '-e', 'openat', trace)).some((line) => line.includes('openat(AT_FDCWD</etc>, "passwd", O_RDONLY) = 3</etc/passwd>')));
  const mapped = await lines(t, '--mmaps', '-e', 'mmap', trace);
  t.true(mapped.some((line) => /^ +map 0x[0-9a-f]+-0x[0-9a-f]+ r-x .*libc/.test(line)), mapped.join('\n'));
  const objects = (await lines(t, '--json', '-e', 'brk', trace)).map((line) => JSON.parse(line) as { kind: string; text: string });
  t.true(objects.some(({ text }) => text.startsWith('brk(NULL) = 0x')));
  t.is((await lines(t, '--around', '20', '--context', '3', trace)).length, 7);
  t.false((await lines(t, '--strace', trace)).some((line) => /^(rdtsc|cpuid|---? ?single)/.test(line)));
});

test('bad input is one line', async (t) => {
  const trace = await recorded(t);
  const refused: readonly [readonly string[], RegExp][] = [
    [['-e', 'nosuchcall'], /there is no system call nosuchcall/],
    [['-e', '%nosuchclass'], /there is no system call %nosuchclass/],
    [['-e', '/('], /-e trace=\/\(: this is no regular expression/],
    [['-e', 'status=bad'], /-e status=bad: there are successful/],
    [['-e', 'signal=SIGNOT'], /there is no signal SIGNOT/],
    [['-e', 'inject=all'], /-e inject= is not known/],
    [['-e', 'trace='], /names nothing/],
    [['--around', '999999999'], /the trace has no event 999999999/],
    [['--around', '5', '--from', '3'], /--around excludes/],
    [['-s', '-1'], /--string-limit takes a number from 0 on/],
    [['-X', 'loud'], /const-print-style/],
    [['--json', '-f'], /--json and --strace exclude each other/],
    [['--mmaps', '-f'], /--mmaps is for the list/],
    [['-r', '-t'], /-r and -t exclude/],
  ];
  for (const [options, message] of refused) {
    const { code, stdout, stderr } = await portrace(t, ['show', ...options, trace]);
    t.is(code, 2, options.join(' '));
    t.is(stdout, '');
    t.regex(stderr, message);
    t.is(stderr.trimEnd().split('\n').length, 1, stderr);
  }
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { importLog, openTrace } from '../../src/index.js';
import { MadeCalls } from '../../src/stat/index.js';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { portrace, portraceCommand, record } from '../harness/portrace.js';
import { dialogue } from '../harness/terminal.js';

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

const golden = (name: string): string => join(CHECKOUT, 'traces', name, 'golden.trace');

test('-T is the time that portrace stat counts, from wherever the lines begin', async (t) => {
  const trace = golden('processes');
  const reader = openTrace(trace);
  const calls = new MadeCalls(false, () => undefined);
  const expected = new Map<number, string>();
  for (const event of reader.events()) {
    for (const { event: last, span } of calls.take(event)) if (span) expected.set(last.index, (span.duration / 1e9).toFixed(6));
  }
  const leave = [...reader.events()].find(({ kind }) => kind === 'leave')!;
  reader.close();
  for (const options of [[], ['--from', `${leave.index}`], ['--task', '1']]) {
    const shown = (await lines(t, '-T', trace, ...options)).map((line) => [Number.parseInt(line), / <(\d+\.\d{6})>$/.exec(line)?.[1]] as const);
    t.true(shown.length > 5);
    for (const [event, time] of shown) t.is(time, expected.get(event), `event ${event}`);
  }
  const strace = await lines(t, '-f', '-T', trace);
  t.deepEqual(strace.flatMap((line) => / <(\d+\.\d{6})>$/.exec(line)?.[1] ?? []), [...expected.values()]);
});

test('-T of an imported trace has the times that its log tells, and no others', async (t) => {
  const folder = temporaryFolder(t);
  const [log, output] = [join(folder, 'guest.log'), join(folder, 'guest.trace')];
  writeFileSync(log, ['7 1700000010.000000 execve("/bin/guest", ["guest"], 0x0 /* 0 vars */) = 0', '7 1700000011.000000 read(0,  <unfinished ...>', '8 1700000011.500000 getpid() = 8', '7 1700000012.000000 <... read resumed>"a", 1) = 1', ''].join('\n'));
  importLog({ log, output });
  t.deepEqual((await lines(t, '--strace', '-T', output)).map((line) => / <\d.*>$/.exec(line)?.[0]), [undefined, undefined, undefined, ' <1.000000>']);
});

test('-y and -P know files by the paths that they were opened by, wherever the task went since', async (t) => {
  const folder = temporaryFolder(t);
  const trace = join(folder, 'sh.trace');
  await record(t, trace, ['sh', '-c', 'mkdir sub; mkfifo pipe; echo text > sub/file; exec 3<sub/file; echo > pipe & exec 4<pipe; wait; cd /; cat <&3 <&4'], { cwd: folder });
  const opened = await lines(t, '--strace', '-y', '-e', 'openat', trace);
  t.true(opened.some((line) => line.endsWith(`"sub/file", O_RDONLY) = 3<${folder}/sub/file>`)), opened.join('\n'));
  const copied = await lines(t, '--strace', '-y', '-e', 'dup2,dup3', trace);
  t.true(copied.some((line) => line.startsWith(`dup2(3<${folder}/sub/file>, 0`)), copied.join('\n'));
  t.true(copied.some((line) => line.startsWith(`dup2(4<${folder}/pipe>, 0`)), copied.join('\n'));
  t.true((await lines(t, '--strace', '-P', `${folder}/sub/file`, trace)).some((line) => line.startsWith('dup2(3, 0')));
});

test('a call that never returns keeps its own words until that is known', async (t) => {
  const folder = temporaryFolder(t);
  const trace = join(folder, 'fifo.trace');
  // Both open a pipe that nobody writes to, and are killed in it.
  await record(t, trace, ['sh', '-c', 'mkfifo one two; cat one & A=$!; cat two & B=$!; for P in $A $B; do until grep -q "(cat) S" /proc/$P/stat; do :; done; done; kill -9 $A $B; wait'], { cwd: folder });
  for (const options of [[], ['-y'], ['--json']]) {
    const shown = (await lines(t, '-e', 'openat', '-e', 'status=unfinished', '-e', 'signal=none', ...options, trace)).filter((line) => line.includes('openat('));
    t.is(shown.length, 2, shown.join('\n'));
    for (const name of ['one', 'two']) t.is(shown.filter((line) => line.includes(options.includes('--json') ? `, \\"${name}\\", O_RDONLY` : `, "${name}", O_RDONLY`)).length, 1, shown.join('\n'));
    if (options.includes('-y')) for (const line of shown) t.true(line.includes(`openat(AT_FDCWD<${folder}>`), line);
  }
});

test('a terminal gets colours, through the pager; a pipe, NO_COLOR and JSON get none', async (t) => {
  const command = portraceCommand('show', golden('files'), '-e', 'openat');
  const paged = await dialogue(t, command, [], { environment: { PAGER: 'sed "s/^/paged: /"', NO_COLOR: '' } });
  t.regex(paged.stdout, /^paged: \x1b\[2m +\d+ {2}1\(files\) {2}\x1b\[0mopenat\(AT_FDCWD, "\/nothing\/of\/this\/name", O_RDONLY\)\x1b\[31m = -1 ENOENT \(No such file or directory\)\x1b\[0m\r$/m);
  const plain = await dialogue(t, command, [], { environment: { PAGER: 'cat', NO_COLOR: '1' } });
  t.deepEqual(plain.stdout.replaceAll('\r', '').trimEnd().split('\n'), await lines(t, golden('files'), '-e', 'openat'));
  for (const option of ['--json', '--strace']) t.false((await dialogue(t, [...command, option], [], { environment: { PAGER: 'cat', NO_COLOR: '' } })).stdout.includes('\x1b'));
  const gone = await dialogue(t, command, [], { environment: { PAGER: 'true', NO_COLOR: '' } });
  t.deepEqual({ code: gone.code, stdout: gone.stdout }, { code: 0, stdout: '' });
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
    [['--from', '999999999'], /the trace has no event 999999999; its last is \d+/],
    [['--task', '99', '--from', '1'], /the trace has no task 99/],
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

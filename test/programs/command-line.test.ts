import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { info, portrace, portraceCommand, record } from '../harness/portrace.js';
import { run, type Finished } from '../harness/run.js';
import { dialogue } from '../harness/terminal.js';

// Bad input is one clear line, never a stack trace.
const STACK_TRACE = /^\s+at .*:\d+/m;

function isOneLine(finished: Finished): boolean {
  const lines = finished.stderr.trimEnd().split('\n');
  return lines.length === 1 && lines[0] !== '' && !STACK_TRACE.test(finished.stderr);
}

for (const [what, code] of [['code', 0], ['code', 1], ['code', 7], ['code', 255], ['from-thread', 3], ['exec-from-thread', 5]] as const) {
  test.serial(`record exits with the guest's ${what} ${code}, and replay with 0`, async (t) => {
    const trace = join(temporaryFolder(t), 'a.trace');
    t.is((await record(t, trace, [guestProgram('exits'), what, String(code)])).code, code);
    t.is((await portrace(t, ['replay', trace])).code, 0);
  });
}

for (const signal of [2, 6, 9, 11, 15, 34]) {
  test.serial(`record exits with ${128 + signal} when signal ${signal} killed the guest`, async (t) => {
    const trace = join(temporaryFolder(t), 'a.trace');
    t.is((await record(t, trace, [guestProgram('exits'), 'signal', String(signal)])).code, 128 + signal);
    t.is((await portrace(t, ['replay', trace])).code, 0);
  });
}

test.serial('record exits with 127 when the guest is not found', async (t) => {
  const folder = temporaryFolder(t);
  for (const guest of ['/nonexistent/guest', 'no-such-program-anywhere', join(folder, 'nothing')]) {
    const finished = await portrace(t, ['record', '-o', join(folder, 'a.trace'), '--', guest]);
    t.is(finished.code, 127, finished.stderr);
    t.true(isOneLine(finished), finished.stderr);
    t.true(finished.stderr.includes(guest));
    t.false(existsSync(join(folder, 'a.trace')));
  }
});

test.serial('record exits with 126 when the guest is not executable', async (t) => {
  const folder = temporaryFolder(t);
  const text = join(folder, 'text');
  const damaged = join(folder, 'damaged');
  writeFileSync(text, 'no program\n');
  writeFileSync(damaged, '\x7fELF and no more');
  chmodSync(damaged, 0o755);
  for (const guest of [text, damaged, folder]) {
    const finished = await portrace(t, ['record', '-o', join(folder, 'a.trace'), '--', guest]);
    t.is(finished.code, 126, finished.stderr);
    t.true(isOneLine(finished), finished.stderr);
    t.false(existsSync(join(folder, 'a.trace')));
  }
});

test.serial('record keeps an existing file unless it is told to replace it', async (t) => {
  const trace = join(temporaryFolder(t), 'a.trace');
  writeFileSync(trace, 'precious');
  const guest = guestProgram('hello');
  const refused = await portrace(t, ['record', '-o', trace, '--', guest]);
  t.is(refused.code, 125);
  t.true(isOneLine(refused), refused.stderr);
  t.is(readFileSync(trace, 'utf8'), 'precious');
  t.is((await portrace(t, ['record', '-o', trace, '--force', '--', guest])).code, 0);
  t.is((await portrace(t, ['replay', trace])).code, 0);
});

test.serial('record names the trace after the guest, in the current folder', async (t) => {
  const cwd = temporaryFolder(t);
  const finished = await portrace(t, ['record', guestProgram('hello'), 'word'], { cwd });
  t.is(finished.stdout, 'hello\nargument 1: word\n');
  t.true(existsSync(join(cwd, 'hello.trace')));
});

test.serial('record finds the guest on the path, and keeps the port label', async (t) => {
  const folder = temporaryFolder(t);
  const trace = join(folder, 'a.trace');
  t.is((await portrace(t, ['record', '-o', trace, '--port', 'a label', 'true'], { cwd: folder })).code, 0);
  t.is(((await info(t, trace))['session'] as { port?: string }).port, 'a label');
});

test.serial('record exits with 125 when the trace cannot be written', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'a.trace'));
  for (const output of ['/nonexistent/a.trace', '/proc/a.trace', join(folder, 'a.trace')]) {
    const finished = await portrace(t, ['record', '--force', '-o', output, '--', guestProgram('hello')]);
    t.is(finished.code, 125, finished.stderr);
    t.true(isOneLine(finished), finished.stderr);
    t.is(finished.stdout, '');
  }
});

test.serial('in a folder that was removed one line says so', async (t) => {
  const folder = temporaryFolder(t);
  const gone = join(folder, 'gone');
  mkdirSync(gone);
  const [program, ...args] = portraceCommand('record', '-o', join(folder, 'a.trace'), '--', 'true');
  const finished = await run(t, ['sh', '-c', 'cd "$1" && rmdir "$1" && shift && exec "$@"', 'sh', gone, program!, ...args]);
  t.is(finished.code, 125);
  t.is(finished.stderr, 'portrace: the working folder was removed; change to another one\n');
});

test.serial('replay, info and show exit with 2 and one line on what is no trace', async (t) => {
  const folder = temporaryFolder(t);
  const text = join(folder, 'text');
  const empty = join(folder, 'empty');
  const short = join(folder, 'short');
  writeFileSync(text, 'no trace\n'.repeat(1000));
  writeFileSync(empty, '');
  writeFileSync(short, 'SQLite format 3\0');
  for (const file of [join(folder, 'missing'), text, empty, short, folder, '/bin/ls', '/dev/null']) {
    for (const command of ['replay', 'info', 'show']) {
      const finished = await portrace(t, [command, file]);
      t.is(finished.code, 2, `${command} ${file}: ${finished.stderr}`);
      t.true(isOneLine(finished), finished.stderr);
      t.is(finished.stdout, '');
    }
  }
});

test.serial('bad options are refused in one line', async (t) => {
  const folder = temporaryFolder(t);
  const trace = join(folder, 'a.trace');
  await record(t, trace, [guestProgram('hello')]);
  const bad: readonly (readonly string[])[] = [
    ['replay'],
    ['replay', trace, '--verify', 'everything'],
    ['replay', trace, '--to', 'soon'],
    ['replay', trace, '--to', '-5'],
    ['replay', trace, '--unknown'],
    ['show', trace, '--from', 'x'],
    ['info', trace, 'more'],
    ['record'],
    ['record', '--unknown', 'true'],
    ['record', '--digest-every', '0', 'true'],
    ['record', '--digest-every', 'often', 'true'],
    ['dance'],
    [],
  ];
  for (const args of bad) {
    const finished = await portrace(t, args, { cwd: folder });
    t.not(finished.code, 0, args.join(' '));
    t.not(finished.stderr, '', args.join(' '));
    t.notRegex(finished.stderr, STACK_TRACE, args.join(' '));
  }
});

test.serial('replay stops after the event that it is told to', async (t) => {
  const trace = join(temporaryFolder(t), 'a.trace');
  const recorded = await record(t, trace, [guestProgram('clock', { static: true })]);
  const half = await portrace(t, ['replay', trace, '--to', '20']);
  t.is(half.code, 0, half.stderr);
  t.true(recorded.stdout.startsWith(half.stdout));
  t.true(half.stdout.length < recorded.stdout.length);
  const quiet = await portrace(t, ['replay', trace, '--quiet']);
  t.is(quiet.code, 0);
  t.is(quiet.stdout, '');
});

test.serial('a guest reads its standard input; the replay needs none', async (t) => {
  const trace = join(temporaryFolder(t), 'a.trace');
  const recorded = await record(t, trace, ['sort', '-r'], { input: 'a\nc\nb\n' });
  t.is(recorded.stdout, 'c\nb\na\n');
  t.is((await portrace(t, ['replay', trace], { input: 'z\n' })).stdout, recorded.stdout);
});

test.serial('a guest has the descriptors that its caller opened for it, and none of portrace', async (t) => {
  const folder = temporaryFolder(t);
  const trace = join(folder, 'a.trace');
  writeFileSync(join(folder, 'in'), 'from a file\n');
  const guest = ['sh', '-c', 'cat <&3; head -n 1 <&5; echo to a file >&9; for each in /proc/self/fd/*; do echo "${each##*/}"; done'];
  const opening = ['bash', '-c', 'exec 3<in 9>out; exec "$@" 5< <(echo from a pipe)', 'bash'];
  const native = await run(t, [...opening, ...guest], { cwd: folder });
  const recorded = await run(t, [...opening, ...portraceCommand('record', '-o', trace, '--', ...guest)], { cwd: folder });
  t.is(recorded.code, 0, recorded.stderr);
  t.is(recorded.stdout, native.stdout);
  t.regex(recorded.stdout, /^from a file\nfrom a pipe\n/);
  t.is(readFileSync(join(folder, 'out'), 'utf8'), 'to a file\n');
  t.is((await portrace(t, ['replay', trace])).stdout, recorded.stdout);
});

// cat(1) of coreutils and of busybox have the kernel move the bytes, which no replay would see.
for (const program of ['cat', 'busybox cat']) {
  test.serial(`what ${program} moves to standard output is in the replay`, async (t) => {
    const folder = temporaryFolder(t);
    const trace = join(folder, 'a.trace');
    writeFileSync(join(folder, 'in'), 'a line\n'.repeat(5000));
    const into = async (name: string, command: readonly string[]): Promise<string> => {
      const finished = await run(t, ['sh', '-c', `exec "$@" > ${name}`, 'sh', ...command], { cwd: folder });
      t.is(finished.code, 0, finished.stderr);
      return readFileSync(join(folder, name), 'utf8');
    };
    const guest = [...program.split(' '), 'in'];
    t.is(await into('recorded', portraceCommand('record', '-o', trace, '--', ...guest)), 'a line\n'.repeat(5000));
    t.is(await into('replayed', portraceCommand('replay', trace)), 'a line\n'.repeat(5000));
  });
}

test.serial('what is another at each reading is in the replay as it was written', async (t) => {
  const folder = temporaryFolder(t);
  const into = (name: string, command: readonly string[]): Promise<Finished> => run(t, ['sh', '-c', `exec "$@" > ${name}`, 'sh', ...command], { cwd: folder });
  await into('recorded', portraceCommand('record', '-o', 'a.trace', '--', 'busybox', 'cat', '/proc/uptime'));
  await into('replayed', portraceCommand('replay', 'a.trace'));
  const [recorded, replayed] = ['recorded', 'replayed'].map((name) => readFileSync(join(folder, name), 'utf8'));
  t.regex(recorded!, /^\d/);
  t.is(replayed, recorded);
});

test.serial('standard output and error of a guest stay apart', async (t) => {
  const trace = join(temporaryFolder(t), 'a.trace');
  const command = ['sh', '-c', 'echo out; echo err >&2; echo out again; exit 3'];
  for (const finished of [await record(t, trace, command), await portrace(t, ['replay', trace])]) {
    t.is(finished.stdout, 'out\nout again\n');
    t.is(finished.stderr, 'err\n');
  }
});

test.serial('what a guest sends to its process group is not for portrace', async (t) => {
  const trace = join(temporaryFolder(t), 'a.trace');
  const names = ['HUP', 'TERM', 'USR1', 'USR2', 'ALRM'];
  const guest = ['sh', '-c', `${names.map((name) => `trap 'echo ${name}' ${name}; kill -${name} 0`).join('; ')}; (kill -HUP 0); trap - TERM; kill 0; echo no`];
  const native = await run(t, guest);
  t.is(native.stdout, `${[...names, 'HUP'].join('\n')}\n`);
  const recorded = await record(t, trace, guest);
  t.is(recorded.stdout, native.stdout, recorded.stderr);
  t.is(recorded.code, native.code);
  t.is((await portrace(t, ['replay', trace])).stdout, native.stdout);
});

test.serial('Ctrl-C on a terminal goes to the guest', async (t) => {
  const trace = join(temporaryFolder(t), 'a.trace');
  const script = 'trap "echo interrupted; exit 9" INT; echo rea""dy; while :; do sleep 0.1; done';
  const command = portraceCommand('record', '-o', trace, '--', 'bash', '-c', script);
  const finished = await dialogue(t, command, [{ after: 'ready', send: '\x03' }]);
  t.is(finished.code, 9, finished.stdout);
  t.regex(finished.stdout, /interrupted/);
  t.is((await info(t, trace))['complete'], true);
  t.is((await portrace(t, ['replay', trace, '--quiet'])).code, 0);
});

test.serial('a guest script is started by its interpreter', async (t) => {
  const folder = temporaryFolder(t);
  const script = join(folder, 'script');
  writeFileSync(script, '#!/bin/sh\necho "$0 $1"\n');
  chmodSync(script, 0o755);
  const trace = join(folder, 'a.trace');
  t.is((await record(t, trace, [script, 'word'])).stdout, `${script} word\n`);
  t.is((await run(t, [join(CHECKOUT, 'bin/portrace'), 'replay', trace])).stdout, `${script} word\n`);
});

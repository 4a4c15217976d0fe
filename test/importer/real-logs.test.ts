/** Logs that strace and runsc write here and now, of guests and shells, imported, shown and compared. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { diffTraces } from '../../src/diff/index.js';
import { importLog } from '../../src/importer/index.js';
import { showEvent } from '../../src/show/event.js';
import { TraceReader, type TraceEvent } from '../../src/trace/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { portrace } from '../harness/portrace.js';
import { run } from '../harness/run.js';

/** Options of strace that change how its lines look. */
const VARIANTS: readonly (readonly string[])[] = [
  ['-f'],
  ['-f', '-y'],
  ['-f', '-yy', '-ttt', '-T'],
  ['-f', '-t', '-s', '500'],
  ['-f', '-tt', '-X', 'verbose'],
  ['-f', '-r', '-X', 'raw'],
  ['-f', '-x', '-n', '-i'],
  ['-ff', '-ttt'],
  ['-ff'],
];

const SYS_OPENAT = 257;
const SYS_NEWFSTATAT = 262;

// Pipes, a signal that is handled, one that kills, an exit status, a program that is not there.
const SCRIPT = `trap 'echo caught' USR1; kill -USR1 $$; echo one two | cat | tail -n 1; nothing-of-this-name; sh -c 'kill -SEGV $$'; exit 3`;
const SHELL = ['bash', '--norc', '-c', SCRIPT] as const;
const ENVIRONMENT = { PATH: '/usr/bin:/bin' };

/** Runs a command under strace and imports what it wrote. */
async function straced(t: ExecutionContext, options: readonly string[], command: readonly string[], folder = temporaryFolder(t)): Promise<string> {
  const log = join(folder, 'guest.log');
  await run(t, ['strace', ...options, '-o', log, '--', ...command], { environment: ENVIRONMENT, cwd: folder });
  const trace = join(folder, 'guest.trace');
  const { counts } = importLog({ log, output: trace });
  t.is(counts.badLines, 0, counts.firstBad?.text);
  return trace;
}

function reading<Result>(trace: string, read: (reader: TraceReader) => Result): Result {
  const reader = TraceReader.open(trace);
  try {
    return read(reader);
  } finally {
    reader.close();
  }
}

const linesOf = (trace: string): string[] => reading(trace, (reader) => [...reader.events()].map((event) => showEvent(event)));

function differences(a: string, b: string): string[] {
  return reading(a, (left) => reading(b, (right) => diffTraces(left, right).findings.map(({ headline }) => headline)));
}

for (const options of VARIANTS) {
  test(`strace ${options.join(' ')}: every line of a shell's session is understood`, async (t) => {
    const trace = await straced(t, options, SHELL);
    reading(trace, (reader) => {
      t.like(reader.session.imported, { tool: 'strace', log: 'guest.log' });
      t.is(reader.end?.status, 0x300);
      const tasks = reader.tasks();
      t.true(tasks.length >= 4, `${tasks.length} tasks`);
      t.deepEqual(tasks.filter(({ exit }) => exit === undefined), []);
      t.is(tasks.filter(({ parent }) => parent === undefined).length, 1, 'every task but the first has a parent');
      t.is(tasks.filter(({ exit }) => exit?.status === 11).length, 1, 'one was killed by SIGSEGV');
    });
    const lines = linesOf(trace);
    const has = (pattern: RegExp): void => void t.true(lines.some((line) => pattern.test(line)), `${pattern}`);
    has(/^execve\("\/usr\/bin\/cat", \["cat"\]/);
    has(/^(?:<... write resumed>|write\()1, "caught\\n", 7\) = 7$/);
    has(/^--- SIGUSR1 \{si_signo=SIGUSR1, si_code=SI_USER, si_pid=\d+, si_uid=\d+\} ---$/);
    has(/^--- SIGSEGV \{si_signo=SIGSEGV, si_code=SI_USER, .*\}, fatal ---$/);
    has(/wait4.*\[\{WIFSIGNALED\(s\) && WTERMSIG\(s\) == SIGSEGV\}\]/);
    has(/^newfstatat\(AT_FDCWD, "\/usr\/bin\/nothing-of-this-name", .*\) = -1 ENOENT/);
    has(/^rt_sigaction\(SIGUSR1, \{sa_handler=0x[0-9a-f]+, sa_mask=\[\], sa_flags=SA_RESTORER.*\}, \{sa_handler=SIG_DFL/);
  });
}

test('logs of one program compare without findings, whatever the options were', async (t) => {
  const command = [guestProgram('hello')];
  const [first, ...others] = await Promise.all([['-f'], ['-f', '-X', 'raw', '-r'], ['-ff', '-ttt', '-y'], ['-X', 'verbose', '-tt']].map((options) => straced(t, options, command)));
  for (const other of others) t.deepEqual(differences(first!, other), []);
  const { stdout } = await portrace(t, ['diff', first!, others[0]!]);
  t.regex(stdout, /^A {2}log guest\.log: /m);
  t.regex(stdout, /^note: A was imported: /m);
  t.notRegex(stdout, /the guest's environment differs|the working folder differs/);
});

test('logs of a program with other arguments compare to what is different', async (t) => {
  const a = await straced(t, ['-f'], ['cat', '/etc/hostname']);
  const b = await straced(t, ['-f'], ['cat', '/nothing/of/this/name']);
  t.regex(differences(a, b)[0] ?? '', /openat|hostname|nothing/);
});

test('threads, and a thread that starts a program and so becomes the first one', async (t) => {
  const trace = await straced(t, ['-f'], [guestProgram('exec-chain')]);
  reading(trace, (reader) => {
    const threads = reader.tasks().filter(({ pid, group }) => pid !== group);
    t.true(threads.length > 0);
    const executed = new Set([...reader.events()].flatMap(programs).map(({ task }) => task));
    t.true(threads.some(({ task }) => executed.has(task)), 'a thread became another program');
  });
});

const programs = ({ effects }: TraceEvent): { task: number }[] =>
  effects.flatMap((effect) => (effect.type === 'space' && effect.program !== undefined && effect.task !== undefined ? [{ task: effect.task }] : []));

test('what a log does not show whole stays text, the rest is numbers and bytes', async (t) => {
  const trace = await straced(t, ['-f'], ['cat', '/etc/passwd']);
  const events = reading(trace, (reader) => [...reader.events()]);
  const opened = events.find((event) => event.syscall?.number === SYS_OPENAT && event.inputs.some(({ bytes }) => Buffer.from(bytes).toString() === '/etc/passwd\0'));
  t.is(opened?.syscall?.texts, undefined);
  const stat = events.find((event) => event.index > opened!.index && event.syscall?.number === SYS_NEWFSTATAT);
  t.regex(stat?.syscall?.texts?.[2] ?? '', /^\{st_mode=S_IFREG\|0644, st_size=\d+, \.\.\.\}$/);
  const mapped = events.flatMap(({ effects }) => effects.filter(({ type }) => type === 'mapping'));
  t.true(mapped.length > 5, 'mappings are known');
});

test('bad lines are counted, named, and no reason to stop', async (t) => {
  const folder = temporaryFolder(t);
  await straced(t, ['-f'], [guestProgram('hello')], folder);
  const log = join(folder, 'guest.log');
  writeFileSync(log, `what is this?\n${readFileSync(log, 'latin1')}`, 'latin1');
  appendFileSync(log, '1  no_such_call(1) = 0\n1  close(3');
  const trace = join(folder, 'bad.trace');
  const imported = await portrace(t, ['import', log, '-o', trace, '--port', 'here']);
  t.is(imported.code, 0, imported.stderr);
  t.regex(imported.stderr, /^portrace: \d+ events from \d+ lines of strace; 3 not understood, the first is line 1: what is this\?\n$/);
  const info = await portrace(t, ['info', trace]);
  t.regex(info.stdout, /^imported +from strace's log guest\.log, not replayable; \d+ lines, 0 about other things, 3 not understood, the first is line 1: what is this\?$/m);
  t.regex(info.stdout, /^port +here$/m);
  t.regex(info.stdout, /^host +not in the log$/m);
});

test('an imported trace cannot be replayed, and replay says so', async (t) => {
  const trace = await straced(t, ['-f'], [guestProgram('hello')]);
  const { code, stderr } = await portrace(t, ['replay', trace]);
  t.is(code, 2);
  t.regex(stderr, /^portrace: cannot replay .*: it was imported from strace's log guest\.log; only what portrace record wrote can be replayed\n$/);
});

test('what is no log is refused in one line and leaves no trace', async (t) => {
  const folder = temporaryFolder(t);
  const text = join(folder, 'text');
  writeFileSync(text, 'hello\nworld\n');
  mkdirSync(join(folder, 'empty'));
  const refused: readonly (readonly [log: string, says: RegExp])[] = [
    [text, /^portrace: cannot import .*: no line of it is one of strace's output or gVisor's strace log\n$/],
    [join(folder, 'missing'), /^portrace: cannot read .*: no such file; check the name\n$/],
    [join(folder, 'empty'), /^portrace: cannot import .*: no file in it is the log of a gVisor sandbox/],
    ['/dev/null', /^portrace: cannot read .*: it is no regular file/],
  ];
  for (const [log, says] of refused) {
    const { code, stderr } = await portrace(t, ['import', log, '-o', join(folder, 'x.trace')]);
    t.is(code, 2);
    t.regex(stderr, says);
    t.throws(() => readFileSync(join(folder, 'x.trace')), { code: 'ENOENT' });
  }
});

test('an existing trace is only replaced with --force', async (t) => {
  const trace = await straced(t, ['-f'], [guestProgram('hello')]);
  const log = trace.replace(/trace$/, 'log');
  t.throws(() => importLog({ log, output: trace }), { message: /it exists/ });
  t.notThrows(() => importLog({ log, output: trace, force: true }));
});

/** Runs a command in gVisor and imports the log of its sandbox. */
async function sandboxed(t: ExecutionContext, command: readonly string[], code: number): Promise<string> {
  const folder = temporaryFolder(t);
  const options = ['--debug', `--debug-log=${folder}/logs/`, '--strace', '--network=none', '--platform=ptrace'];
  mkdirSync(join(folder, 'logs'));
  const { code: ended, stderr } = await run(t, ['runsc', ...options, 'do', '-force-overlay=false', ...command], { environment: ENVIRONMENT, cwd: folder });
  t.is(ended, code, stderr);
  const trace = join(folder, 'guest.trace');
  const { counts, tool } = importLog({ log: join(folder, 'logs'), output: trace });
  t.is(tool, 'gvisor');
  t.is(counts.badLines, 0, counts.firstBad?.text);
  return trace;
}

test("gVisor: every line of a shell's session is understood", async (t) => {
  const trace = await sandboxed(t, SHELL, 3);
  reading(trace, (reader) => {
    t.is(reader.end?.status, 0x300);
    t.deepEqual(reader.session.arguments, SHELL);
    const tasks = reader.tasks();
    t.true(tasks.length >= 4, `${tasks.length} tasks`);
    t.is(tasks.filter(({ exit }) => exit?.status === 11).length, 1, 'one was killed by SIGSEGV');
    t.true(tasks.some(({ program }) => program === '/usr/bin/cat'));
  });
  const lines = linesOf(trace);
  const has = (pattern: RegExp): void => void t.true(lines.some((line) => pattern.test(line)), `${pattern}`);
  has(/^execve\("\/usr\/bin\/cat", \["cat"\]/);
  has(/"caught\\n", 7\) = 7$/);
  has(/^--- SIGUSR1 ---$/);
  has(/^--- SIGSEGV, fatal ---$/);
  has(/^newfstatat\(AT_FDCWD, "\/usr\/bin\/nothing-of-this-name", .*\) = -1 ENOENT/);
});

test('gVisor: two logs of one program compare without findings', async (t) => {
  const command = [guestProgram('hello')];
  const a = await sandboxed(t, command, 0);
  const b = await sandboxed(t, command, 0);
  t.deepEqual(differences(a, b), []);
});

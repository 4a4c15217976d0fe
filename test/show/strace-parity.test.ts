import test from 'ava';
import { StraceLines } from '../../src/show/strace-lines.js';
import { TraceReader } from '../../src/trace/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { portrace } from '../harness/portrace.js';
import { underPortrace, underStrace } from './strace-both.js';
import { allPrograms } from './strace-programs.js';
import { compare, normal, tasksOf } from './strace-normal.js';

/** Of a hundred lines. */
const LEAST = 98;
const LEAST_PROGRAMS = 40;
const LEAST_LINES = 4000;

const NO_PIDS = new Map<string, number>();

test('the normal form hides what differs from run to run, and nothing else', (t) => {
  const same = (line: string): boolean => t.is(normal(line, NO_PIDS), line);
  t.is(normal('brk(NULL)                         = 0x555555559000', NO_PIDS), 'brk(NULL) = ADDRESS');
  t.is(normal('close(3)                = 0', NO_PIDS), 'close(3) = 0');
  t.is(normal('getrandom("\\x12\\xab", 2, 0) = 2', NO_PIDS), 'getrandom(RANDOM, 2, 0) = 2');
  t.is(normal('kill(12345, SIGTERM) = 0', new Map([['12345', 2]])), 'kill(PID#2, SIGTERM) = 0');
  t.is(normal('x {si_utime=3 /* 0.03 s */, si_stime=0}', NO_PIDS), 'x {si_utime=TIME, si_stime=TIME}');
  same('read(3, "0x555555559000"..., 99) = 0x5555');
  same('mmap(0x10000000, 8192, PROT_NONE, MAP_PRIVATE, -1, 0x28000) = 0x10000000');
  same('write(1, "\\x12\\xab   = 3", 2) = 2');
  same('nanosleep({tv_sec=1, tv_nsec=5}, NULL) = -1 EINTR (Interrupted system call)');
  same('newfstatat(3, "", {st_mode=S_IFREG|0644, st_size=123, ...}, AT_EMPTY_PATH) = 0');
  t.is(normal('write(1, "12345", 12345) = 12345', new Map([['12345', 2]])), 'write(1, "12345", 12345) = 12345');
});

test('an interrupted call is one line, and any word that differs is a difference', (t) => {
  const shell = '10 pause() = ?\n';
  const log = `${shell}11 read(3,  <unfinished ...>\n12 close(1) = 0\n11 <... read resumed>"a", 1)        = 1\n`;
  t.deepEqual(tasksOf(log), [['read(3, "a", 1) = 1'], ['close(1) = 0']]);
  t.is(compare(log, log).equal, 2);
  const other = log.replace('close(1)', 'close(2)');
  const { equal, lines, differences } = compare(log, other);
  t.deepEqual([equal, lines], [1, 2]);
  t.deepEqual(differences, [{ strace: ['close(1) = 0'], portrace: ['close(2) = 0'] }]);
  t.like(compare(`${shell}11 a() = 0\n11 b() = 0\n`, `${shell}11 a() = 0\n`), { equal: 1, lines: 2 });
});

test('calls read as strace writes them', async (t) => {
  const folder = temporaryFolder(t);
  t.true(allPrograms().length >= LEAST_PROGRAMS);
  const strace = underStrace(folder);
  const trace = underPortrace(folder);
  const reader = TraceReader.open(trace);
  const lines = new StraceLines(reader, { pids: true });
  const ours: string[] = [];
  for (const event of reader.events()) ours.push(...lines.take(event));
  ours.push(...lines.end());
  reader.close();
  const { equal, lines: all, differences } = compare(strace, ours.join('\n'));
  t.true(all >= LEAST_LINES, `${all} lines`);
  const some = differences.slice(0, 20).map(({ strace: theirs, portrace: own }) => `strace    ${theirs.join('\n          ')}\nportrace  ${own.join('\n          ')}`);
  t.true(equal >= (all * LEAST) / 100, `${equal} of ${all} lines are equal; not so:\n${some.join('\n')}`);
  // The command line writes the same lines.
  const shown = await portrace(t, ['show', '-f', trace]);
  t.is(shown.code, 0, shown.stderr);
  t.deepEqual(shown.stdout.trimEnd().split('\n').slice(0, 2000), ours.slice(0, 2000));
});

const OPTIONS = [['-v'], ['-s', '5'], ['-x'], ['-xx'], ['-X', 'raw'], ['-X', 'verbose'], ['-n'], ['-e', 'trace=%file,/^m'], ['-e', 'status=failed'], ['-e', 'trace=!%memory'], ['-P', '/etc/passwd']];
const COMMANDS = ['cat /etc/passwd', 'ls -la /usr/bin/env', 'sh -c "trap : USR1; kill -USR1 \\$\\$"', 'cat /none'];

test('options mean what they mean for strace', async (t) => {
  const folder = temporaryFolder(t);
  const trace = underPortrace(folder, COMMANDS);
  for (const options of OPTIONS) {
    const strace = underStrace(folder, options, COMMANDS);
    const shown = await portrace(t, ['show', '-f', ...options, trace]);
    t.is(shown.code, 0, shown.stderr);
    const { equal, lines, differences } = compare(strace, shown.stdout);
    t.true(equal > 3, `${options.join(' ')}: ${equal} of ${lines}`);
    t.true(equal >= lines * 0.95, `${options.join(' ')}: ${equal} of ${lines}: ${JSON.stringify(differences.slice(0, 6), undefined, 1)}`);
  }
});

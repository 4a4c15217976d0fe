/** What every command that looks into a trace has in common: traces without an end, imported ones, readers that go away. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { EXPORT_FORMATS, importLog, openTrace, statTraces } from '../../src/index.js';
import { exported, golden } from '../export/exported.js';
import { temporaryFolder } from '../harness/folders.js';
import { writeLongTrace } from '../harness/long-trace.js';
import { partialTrace, type PartialState } from '../harness/partial-trace.js';
import { portrace, portraceCommand } from '../harness/portrace.js';
import { run } from '../harness/run.js';

const FILES = golden('files');
const EVENTS = 20;

async function printed(t: ExecutionContext, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await portrace(t, args);
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' }, args.join(' '));
  return stdout;
}

/** Options of show, with what each line of the whole trace looks like in a part of it: the same. */
const SHOWN: readonly (readonly string[])[] = [[], ['--strace', '-y'], ['-f', '-T', '-ttt', '-n'], ['-e', 'trace=%file', '-e', 'status=failed'], ['-P', '/dev/null'], ['--mmaps', '-v', '-x'], ['--json']];

for (const state of ['cut short', 'being written'] satisfies PartialState[]) {
  test(`a trace that is ${state}: each command works on what is there`, async (t) => {
    const trace = partialTrace(t, FILES, EVENTS, state);
    for (const options of SHOWN) {
      const part = await printed(t, 'show', trace, ...options);
      t.is(part, await printed(t, 'show', FILES, '--to', `${EVENTS}`, ...options), options.join(' '));
    }
    t.is(await printed(t, 'query', trace, 'SELECT max(id) AS last FROM events', '--csv'), `last\r\n${EVENTS}\r\n`);
    t.regex(await printed(t, 'maps', trace), new RegExp(`^after event ${EVENTS}, task 1: .*\nnote: the recording was cut short or still runs\n`));
    const stat = await printed(t, 'stat', trace);
    t.regex(stat, /^trace {5}incomplete: what is there up to its last event$/m);
    const reader = openTrace(trace);
    t.regex(stat, new RegExp(`^100\\.00 .* ${statTraces([reader]).traces[0]!.total.calls} .* total`, 'm'));
    reader.close();
    for (const format of EXPORT_FORMATS) {
      const label = format === 'csv' || format === 'parquet' ? ['--label', 'a'] : [];
      const file = join(temporaryFolder(t), format);
      t.is(await printed(t, 'export', trace, '--format', format, ...label, '-o', file), '');
      t.deepEqual(exported(trace, { format, label: label[1] }), exported(FILES, { format, label: label[1], to: EVENTS }), format);
    }
    const page = join(temporaryFolder(t), 'page.html');
    await printed(t, 'report', trace, '-o', page);
    t.true(existsSync(page));
  });
}

const LOG = `7 1700000000.000000 execve("/bin/guest", ["guest"], 0x7ffd /* 1 var */) = 0
7 1700000000.100000 openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = 3
7 1700000000.200000 read(3,  <unfinished ...>
8 1700000000.250000 getpid() = 8
7 1700000000.300000 <... read resumed>"127.0.0.1"..., 4096) = 60
7 1700000000.400000 mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, 3, 0) = 0x7f0000000000
7 1700000000.500000 nonsense
7 1700000000.600000 exit_group(0) = ?
7 1700000000.700000 +++ exited with 0 +++
`;

function imported(t: ExecutionContext): string {
  const folder = temporaryFolder(t);
  const [log, output] = [join(folder, 'guest.log'), join(folder, 'guest.trace')];
  writeFileSync(log, LOG);
  importLog({ log, output });
  return output;
}

test('an imported trace: each command shows what it has, and says what is missing', async (t) => {
  const trace = imported(t);
  const note = (command: string): string =>
    `portrace: ${command}: made of a log of strace: what it cut is missing, and so are times that it does not tell; 1 of its lines were not understood\n`;
  const shown: readonly (readonly [options: readonly string[], line: RegExp])[] = [
    [[], /openat\(AT_FDCWD, "\/etc\/hosts", O_RDONLY\) = 3$/m],
    [['--strace', '-y', '-e', 'openat,mmap'], /^mmap\(NULL, 8192, PROT_READ, MAP_PRIVATE, 3<\/etc\/hosts>, 0\) = 0x7f0000000000$/m],
    [['-f'], /^7 {5}<\.\.\. read resumed>"127\.0\.0\.1"\.\.\., 4096\) += 60$/m],
    [['--json', '-P', '/etc/hosts'], /"text":"openat\(/],
  ];
  for (const [options, line] of shown) {
    const { code, stdout, stderr } = await portrace(t, ['show', trace, ...options]);
    t.deepEqual({ code, stderr }, { code: 0, stderr: note('show') });
    t.regex(stdout, line);
  }
  for (const [command, ...options] of [['query', '@calls'], ...EXPORT_FORMATS.map((format) => ['export', '--format', format])]) {
    const { code, stdout, stderr } = await portrace(t, [command!, trace, ...options]);
    t.deepEqual({ code, stderr }, { code: 0, stderr: note(command!) });
    t.not(stdout, '');
  }
  t.regex(await printed(t, 'stat', trace), /^time {6}\d calls: no time: the log has not both the entry and the return$/m);
  t.regex(await printed(t, 'maps', trace), /^note: imported from a log of strace: only what its calls show; what a program starts with is missing$/m);
});

/** More than a pipe holds, so that each is still writing when its reader goes. */
const LONG: readonly (readonly string[])[] = [
  ...[[], ['-f', '-y', '-T'], ['--strace', '-e', 'trace=openat,read,write'], ['-e', 'status=successful', '-ttt'], ['--json', '-y'], ['--mmaps', '-v']].map((options) => ['show', ...options]),
  ['query', 'SELECT * FROM all_calls'],
  ['query', 'SELECT * FROM all_calls', '--csv'],
  ['query', 'SELECT * FROM all_calls', '--json'],
  ['stat', '--by', 'file', '--json'],
  ...EXPORT_FORMATS.map((format) => ['export', '--format', format]),
];

test('a reader who goes away ends each command quietly', async (t) => {
  const trace = join(temporaryFolder(t), 'long.trace');
  writeLongTrace(trace, { events: 20_000, seed: 7 });
  for (const [command, ...options] of LONG) {
    const words = portraceCommand(command!, trace, ...options);
    const { code, stdout, stderr } = await run(t, ['bash', '-o', 'pipefail', '-c', '"$@" | head -c 100 | wc -c', '-', ...words]);
    t.deepEqual({ code, stdout: stdout.trim(), stderr }, { code: 0, stdout: '100', stderr: '' }, `${command} ${options.join(' ')}`);
  }
});

test('standard output that cannot be written is one line', async (t) => {
  for (const [command, ...options] of [['show'], ['show', '--json'], ['stat'], ['maps'], ['query', '@calls'], ['info'], ['export', '--format', 'csv']]) {
    const { code, stderr } = await run(t, ['sh', '-c', '"$@" > /dev/full', '-', ...portraceCommand(command!, FILES, ...options)]);
    t.is(code, 2, command);
    t.regex(stderr, /^portrace: cannot write to standard output: ENOSPC.*\n$/, command);
  }
});

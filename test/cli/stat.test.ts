/** `portrace stat` as its users run it. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import SQLite from 'better-sqlite3';
import { importLog, openTrace, statTraces, type StatBy, type StatReport, type TraceStat } from '../../src/index.js';
import { TraceWriter, type TraceEvent } from '../../src/trace/index.js';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { info, portrace, portraceCommand, record } from '../harness/portrace.js';
import { dialogue } from '../harness/terminal.js';
import { SESSION } from '../trace/generated.js';

const golden = (name: string): string => join(CHECKOUT, 'traces', name, 'golden.trace');

/** What the command says of one trace. */
async function counted(t: ExecutionContext, trace: string, by: StatBy = 'call'): Promise<TraceStat> {
  const { code, stdout, stderr } = await portrace(t, ['stat', trace, '--by', by, '--json']);
  t.is(code, 0, stderr);
  const report = JSON.parse(stdout) as StatReport;
  t.is(report.by, by);
  t.is(report.traces.length, 1);
  return report.traces[0]!;
}

/** The same without a process of its own. */
function stat(path: string, by: StatBy = 'call'): TraceStat {
  const reader = openTrace(path);
  try {
    return statTraces([reader], { by }).traces[0]!;
  } finally {
    reader.close();
  }
}

function eventsOf(path: string): TraceEvent[] {
  const reader = openTrace(path);
  try {
    return [...reader.events()];
  } finally {
    reader.close();
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

test('calls and errors are those of portrace info', async (t) => {
  for (const name of ['files', 'processes', 'signals', 'mappings']) {
    const { calls } = (await info(t, golden(name))) as { calls: { name: string; calls: number; failed: number }[] };
    const { rows, total } = await counted(t, golden(name));
    t.deepEqual(
      Object.fromEntries(rows.map(({ name: call, calls: made, errors }) => [call, [made, errors]])),
      Object.fromEntries(calls.map(({ name: call, calls: made, failed }) => [call, [made, failed]])),
    );
    t.is(total.calls, sum(calls.map((call) => call.calls)));
  }
});

/** The parts of a line of strace -c; the columns that it does not have are cut off. */
const LINE = /^ *(\d+\.\d\d)? +(\d+\.\d{6})? +(\d+)? +(\d+) +(\d+)? (\S+)/;

test("the table begins with strace -c's columns, is sorted as there, and ends in a total", async (t) => {
  const { stdout } = await portrace(t, ['stat', golden('processes')]);
  const lines = stdout.split('\n');
  t.regex(lines[0]!, /^% time     seconds  usecs\/call     calls    errors syscall /);
  t.regex(lines[1]!, /^------ ----------- ----------- --------- --------- ----------------/);
  const end = lines.indexOf('');
  t.is(lines[end - 2], lines[1]);
  t.regex(lines[end - 1]!, /^100\.00 .* total /);
  const rows = lines.slice(2, end - 2).map((line) => {
    t.regex(line.slice(0, 68), /^[ \d.]{6} [ \d.]{11} [ \d]{11} [ \d]{9} [ \d]{9} \w+ *$/);
    return { share: Number(line.slice(0, 6)), seconds: Number(line.slice(7, 18)), calls: Number(line.slice(31, 40)) };
  });
  t.is(rows.length, stat(golden('processes')).rows.length);
  t.deepEqual(rows, [...rows].sort((a, b) => b.seconds - a.seconds));
  t.true(Math.abs(sum(rows.map(({ share }) => share)) - 100) < 0.5);
  const [, , seconds, , calls] = LINE.exec(lines[end - 1]!)!;
  t.is(sum(rows.map((row) => row.calls)), Number(calls));
  t.true(Math.abs(sum(rows.map((row) => row.seconds)) - Number(seconds)) < 0.0001);
});

const call = (number: number, result: number | undefined, first = 0): object => ({
  syscall: { number, arguments: [BigInt(first), 0n, 0n, 0n, 0n, 0n], ...(result !== undefined && { result: BigInt(result) }) },
});

const left = (number: number, result: number, entered: number): object => ({ syscall: { ...(call(number, result) as { syscall: object }).syscall, entered } });

/** Writes events given in short form; without `end`, as a killed recorder leaves it. */
function write(path: string, events: readonly object[], end = true): string {
  const writer = TraceWriter.create(path, {});
  writer.begin(SESSION);
  for (const event of events) writer.append({ task: 1, time: 0, inputs: [], effects: [], ...event } as never);
  if (end) writer.finish({ status: 0, duration: 1000 as never });
  writer.close();
  return path;
}

const [READ, WRITE, GETPID, WAIT4] = [0, 1, 39, 61];

test('a call takes the time since its own entry, or since the event before, of whatever task', (t) => {
  const trace = write(join(temporaryFolder(t), 'a.trace'), [
    { kind: 'syscall', time: 1000000, ...call(GETPID, 7) },
    { kind: 'enter', time: 3000000, ...call(WAIT4, undefined) },
    { kind: 'syscall', task: 2, time: 3500000, ...call(GETPID, 8) },
    { kind: 'tsc', task: 2, time: 4000000 },
    { kind: 'syscall', task: 2, time: 4200000, ...call(READ, -5) },
    { kind: 'leave', time: 9000000, ...left(WAIT4, 8, 2) },
    { kind: 'enter', time: 9500000, ...call(READ, undefined) },
    { kind: 'exit', time: 9900000, exit: { status: 0 } },
  ]);
  const { rows, total, elapsed } = stat(trace);
  const times = rows.map(({ name, calls, errors, unreturned, timed, time, entered, enteredTime }) => [name, calls, errors, unreturned, timed, time, entered, enteredTime]);
  t.deepEqual(times, [
    ['wait4', 1, 0, 0, 1, 6_000_000, 1, 6_000_000],
    ['getpid', 2, 0, 0, 1, 500_000, 0, 0],
    ['read', 2, 1, 1, 1, 200_000, 0, 0],
  ]);
  t.like(total, { calls: 5, timed: 3, time: 6700000, unreturned: 1 });
  t.is(elapsed, 9_900_000);
});

test('--by file: paths and what descriptors refer to, with the bytes that went through them', async (t) => {
  const { rows } = await counted(t, golden('files'), 'file');
  const of = (name: string): object => rows.find((row) => row.name === name) ?? {};
  t.like(of('/etc/passwd'), { calls: 4, errors: 0 });
  t.like(of('/nothing/of/this/name'), { calls: 1, errors: 1 });
  t.like(of('descriptor 77'), { calls: 1, errors: 1 });
  t.like(of('portrace-golden.folder/file'), { bytesWritten: 8, bytesRead: 4 });
  t.like(of('pipe#1[w]'), { calls: 1, bytesWritten: 17 });
  t.like(of('pipe#1[r]'), { calls: 1, bytesRead: 17 });
  t.like(of('stdin'), { bytesRead: 'from the case file\n'.length });
  const table = await portrace(t, ['stat', golden('files'), '--by', 'file']);
  t.regex(table.stdout, /^% time .* written .*file$/m);
  t.regex(table.stdout, / 8 +portrace-golden\.folder\/file$/m);
});

test('--by file: a path in a folder that is open', (t) => {
  const path = '/etc\0';
  const name = 'hosts\0';
  const openat = (folder: number, text: string, result: number): object => ({
    kind: 'syscall',
    syscall: { number: 257, arguments: [BigInt.asUintN(64, BigInt(folder)), 4096n, 0n, 0n, 0n, 0n], result: BigInt(result) },
    inputs: [{ argument: 1, address: 4096, bytes: Buffer.from(text) }],
  });
  const birth = { type: 'task', task: 1, pid: 7, group: 7, flags: 0, exitSignal: 0, space: 1 };
  const trace = write(join(temporaryFolder(t), 'a.trace'), [
    { kind: 'syscall', ...call(GETPID, 7), effects: [{ type: 'space', space: 1 }, birth] },
    openat(-100, path, 3),
    openat(3, name, 4),
    { kind: 'syscall', ...call(READ, 100, 4) },
    { kind: 'intercept', ...call(READ, undefined, 4) },
  ]);
  t.deepEqual(
    Object.fromEntries(stat(trace, 'file').rows.map((row) => [row.name, row.calls])),
    Object.fromEntries([['(no file)', 1], ['/etc', 1], ['/etc/hosts', 2], ["(a guest tracer's)", 1]]),
  );
});

test('--by errno: failed calls only', async (t) => {
  const { rows, total } = await counted(t, golden('files'), 'errno');
  t.deepEqual(Object.fromEntries(rows.map(({ name, calls, errors }) => [name, [calls, errors]])), Object.fromEntries(['ENOENT', 'EISDIR', 'EBADF', 'ENOTEMPTY'].map((name) => [name, [1, 1]])));
  t.is(total.calls, 4);
});

test('--by task: every task by its number and program', async (t) => {
  const folder = temporaryFolder(t);
  const trace = join(folder, 'sh.trace');
  await record(t, trace, ['bash', '--norc', '-c', 'cat < /etc/passwd | wc -l'], { cwd: folder });
  const { rows, total } = await counted(t, trace, 'task');
  t.deepEqual(rows.map(({ name }) => name).sort(), ['1(bash)', '2(cat)', '3(wc)']);
  t.is(total.calls, stat(trace).total.calls);
  const [cat, wc] = ['2(cat)', '3(wc)'].map((name) => rows.find((row) => row.name === name)!);
  t.true(cat!.bytesWritten > 100 && wc!.bytesRead >= cat!.bytesWritten);
});

test('--by phase: first and last output divide the run', async (t) => {
  const { rows, total, elapsed } = await counted(t, golden('files'), 'phase');
  t.deepEqual(rows.map(({ name }) => name), ['before the first output', 'from the first output to the last', 'after the last output']);
  const [before, during, after] = rows;
  const events = eventsOf(golden('files'));
  const outputs = events.filter(({ syscall }) => syscall?.number === WRITE && syscall.arguments[0] === 1n);
  t.is(before!.elapsed, outputs[0]!.time);
  t.is(during!.elapsed, outputs.at(-1)!.time - outputs[0]!.time);
  t.is(sum(rows.map((row) => row.elapsed!)), elapsed);
  t.is(during!.bytesWritten, sum(outputs.map(({ syscall }) => Number(syscall!.result))));
  t.is(before!.calls, events.filter(({ index, syscall }) => syscall && index < outputs[0]!.index).length);
  t.is(after!.calls, events.filter(({ index, syscall }) => syscall && index > outputs.at(-1)!.index).length);
  t.is(sum(rows.map(({ calls }) => calls)), total.calls);
});

test('--by phase: a guest without output has one phase', async (t) => {
  const trace = join(temporaryFolder(t), 'true.trace');
  await record(t, trace, ['true']);
  const { rows, elapsed } = await counted(t, trace, 'phase');
  t.deepEqual(rows.map((row) => [row.name, row.elapsed]), [['before the first output', elapsed]]);
});

test('mappings: every change, and the bytes that each call mapped', (t) => {
  const { mappings, rows } = stat(golden('mappings'));
  const reader = openTrace(golden('mappings'));
  t.teardown(() => reader.close());
  const changes = [...reader.query('SELECT operation, count(*), sum(length) FROM all_mmap_events GROUP BY operation').rows()];
  t.deepEqual(
    Object.fromEntries(Object.entries(mappings).filter(([, { count }]) => count > 0).map(([operation, { count, bytes }]) => [operation, [count, bytes]])),
    Object.fromEntries(changes.map(([operation, count, bytes]) => [String(operation), [Number(count), Number(bytes)]])),
  );
  const [[mapped]] = [...reader.query("SELECT sum(length) FROM all_mmap_events WHERE operation = 'map' AND origin = 'mmap'").rows()] as [[bigint]];
  t.is(rows.find(({ name }) => name === 'mmap')!.bytesMapped, Number(mapped));
});

test('several traces stand next to each other', async (t) => {
  const [a, b] = [golden('files'), golden('signals')];
  const { code, stdout } = await portrace(t, ['stat', a, b]);
  t.is(code, 0);
  t.regex(stdout, /^A {2}\S+\/files\/golden\.trace \(linux\): .*: \d+ events\nB {2}\S+\/signals\/golden\.trace/);
  t.regex(stdout, /^ +A seconds +A calls +A errors +B seconds +B calls +B errors syscall$/m);
  const [files, signals] = [stat(a), stat(b)];
  const line = (name: string): string => stdout.split('\n').find((each) => each.endsWith(` ${name}`))!;
  t.regex(line('total'), new RegExp(` ${files.total.calls} +${files.total.errors} +\\S+ +${signals.total.calls} +${signals.total.errors} total$`));
  t.regex(line('mkdir'), /^ +\d+\.\d{6} +1 +mkdir$/);
  t.regex(line('rt_sigtimedwait'), /^ {33,}\d+\.\d{6} +2 +rt_sigtimedwait$/);
  const names = new Set([...files.rows, ...signals.rows].map(({ name }) => name));
  for (const name of names) t.is(stdout.split('\n').filter((each) => each.endsWith(` ${name}`)).length, 1, name);
  const report = JSON.parse((await portrace(t, ['stat', a, b, '--json'])).stdout) as StatReport;
  t.deepEqual(report.traces.map(({ path, port, complete }) => ({ path, port, complete })), [a, b].map((path) => ({ path, port: 'linux', complete: true })));
});

test('a trace that was cut short: what is there', async (t) => {
  const events = eventsOf(golden('files')).slice(0, 9);
  const trace = write(join(temporaryFolder(t), 'cut.trace'), events, false);
  const { complete, total } = await counted(t, trace);
  t.false(complete);
  t.is(total.calls, 9);
  const { code, stdout } = await portrace(t, ['stat', trace]);
  t.is(code, 0);
  t.regex(stdout, /^trace {5}incomplete: what is there up to its last event$/m);
});

/** A parent that waits for its child, as strace -f -ttt shows it. */
const LOG = `100 1700000000.000000 execve("/bin/sh", ["sh"], 0x7ffd0 /* 0 vars */) = 0
100 1700000000.100000 fork() = 101
100 1700000000.200000 wait4(-1,  <unfinished ...>
101 1700000000.300000 write(1, "hello\\n", 6) = 6
101 1700000000.400000 openat(AT_FDCWD, "/nothing", O_RDONLY) = -1 ENOENT (No such file or directory)
101 1700000000.500000 exit_group(0) = ?
101 1700000000.600000 +++ exited with 0 +++
100 1700000000.700000 <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 101
100 1700000000.800000 exit_group(0) = ?
100 1700000000.900000 +++ exited with 0 +++
`;

test('an imported trace has the times of calls whose entry and return are in the log', async (t) => {
  const folder = temporaryFolder(t);
  const [log, timed, bare] = ['guest.log', 'timed.trace', 'bare.trace'].map((name) => join(folder, name)) as [string, string, string];
  writeFileSync(log, LOG);
  importLog({ log, output: timed });
  const { rows, total, imported } = await counted(t, timed);
  t.is(imported, 'strace');
  t.like(total, { calls: 7, errors: 1, timed: 1, unreturned: 2, time: 500_000_000, bytesWritten: 6 });
  t.is(rows[0]!.name, 'wait4');
  const { stdout } = await portrace(t, ['stat', timed]);
  t.regex(stdout, /^time {6}1 call: at most 0\.500000 s, from the entry to the return\ntime {6}4 calls: no time: the log has not both/m);
  writeFileSync(log, LOG.replaceAll(/ 1700000000\.\d+/g, ''));
  importLog({ log, output: bare });
  t.is(stat(bare).total.timed, 0);
  t.regex((await portrace(t, ['stat', bare])).stdout, /^ {31} +7 +1 total/m);
});

test('a terminal gets a bold head through the pager', async (t) => {
  const paged = await dialogue(t, portraceCommand('stat', golden('files')), [], { environment: { PAGER: 'sed "s/^/paged: /"', NO_COLOR: '' } });
  t.is(paged.code, 0);
  t.regex(paged.stdout, /^paged: \x1b\[1m% time .*\x1b\[0m\r$/m);
  t.false((await portrace(t, ['stat', golden('files')])).stdout.includes('\x1b'));
});

test('trouble is one line and exit status 2', async (t) => {
  const folder = temporaryFolder(t);
  const [foreign, newer, changed] = ['foreign', 'newer', 'changed'].map((name) => join(folder, name)) as [string, string, string];
  writeFileSync(foreign, 'no trace');
  for (const copy of [newer, changed]) copyFileSync(golden('files'), copy);
  new SQLite(newer).exec('PRAGMA user_version = 99').close();
  new SQLite(changed).exec('UPDATE system_calls SET result = 7 WHERE event = 5').close();
  const troubles: readonly (readonly [args: readonly string[], line: RegExp])[] = [
    [[], /^portrace: Not enough non-option arguments/],
    [[golden('files'), join(folder, 'missing')], /^portrace: cannot open .*: no such file/],
    [[foreign], /^portrace: cannot open .*: it is no trace/],
    [[newer], /^portrace: cannot open .*: it is newer than this portrace/],
    [[golden('files'), changed], /^portrace: damaged trace: event 5: its checksum is wrong/],
    [[golden('files'), '--by', 'nonsense'], /^portrace: Invalid values: .*by.*nonsense.*"phase"$/],
    [[golden('files'), '--by', 'call', '--by', 'file'], /^portrace: --by is given more than once; say it once$/],
    [[golden('files'), '--by'], /^portrace: Not enough arguments following: by$/],
    [[golden('files'), '--bye'], /^portrace: Unknown argument: bye/],
  ];
  for (const [args, line] of troubles) {
    const { code, stdout, stderr } = await portrace(t, ['stat', ...args]);
    t.is(code, 2, args.join(' '));
    t.regex(stderr.replace(/\n$/, ''), line);
    t.is(stderr.trim().split('\n').length, 1, stderr);
    t.is(stdout, '');
  }
});

test('--help has examples', async (t) => {
  const { code, stdout } = await portrace(t, ['stat', '--help']);
  t.is(code, 0);
  t.regex(stdout, /portrace stat boot\.trace --by file/);
});

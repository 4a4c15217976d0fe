/** `portrace diff` as its users run it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { DiffReport } from '../../src/index.js';
import { temporaryFolder } from '../harness/folders.js';
import type { Scope } from '../harness/scope.js';
import { guestProgram } from '../harness/guests.js';
import { portrace, portraceCommand, record } from '../harness/portrace.js';
import { dialogue } from '../harness/terminal.js';

interface Traces {
  readonly folder: string;
  readonly base: string;
  readonly changed: string;
}

/** Lasts as long as this process: the tests share what they only read. */
const untilTheEnd: Scope = { teardown: () => undefined };

let recorded: Promise<Omit<Traces, 'folder'>> | undefined;

async function recordBoth(): Promise<Omit<Traces, 'folder'>> {
  const folder = temporaryFolder(untilTheEnd);
  const program = guestProgram('variants', { static: true });
  const [base, changed] = [join(folder, 'base.trace'), join(folder, 'changed.trace')];
  await record(untilTheEnd, base, [program, 'none'], { cwd: folder });
  await record(untilTheEnd, changed, [program, 'open-flag'], { cwd: folder });
  return { base, changed };
}

async function traces(t: ExecutionContext): Promise<Traces> {
  return { ...(await (recorded ??= recordBoth())), folder: temporaryFolder(t) };
}

test('a difference is told with both sides, and is exit status 1', async (t) => {
  const { base, changed } = await traces(t);
  const { code, stdout, stderr } = await portrace(t, ['diff', base, changed]);
  t.is(code, 1, stderr);
  t.regex(stdout, /^note: the guest's arguments differ: none in A, open-flag in B$/m);
  t.regex(stdout, /^1\. arguments: openat\(AT_FDCWD, "\/etc\/passwd", O_RDONLY\) in A, .*O_NOFOLLOW\) in B \(the first difference\)$/m);
  t.regex(stdout, /^ - A +\d+ 1\(variants-static\) {2}openat\(.*O_RDONLY\) = <\/etc\/passwd>$/m);
  t.regex(stdout, /^ \+ B +\d+ 1\(variants-static\) {2}openat\(.*O_NOFOLLOW\) = <\/etc\/passwd>$/m);
  t.regex(stdout, /^1 difference in behaviour$/m);
  t.false(stdout.includes('\x1b'), 'no colour into a pipe');
});

test('a trace does not differ from itself', async (t) => {
  const { base } = await traces(t);
  const { code, stdout } = await portrace(t, ['diff', base, base]);
  t.is(code, 0);
  t.regex(stdout, /^no difference in behaviour$/m);
});

test('JSON is the report', async (t) => {
  const { base, changed } = await traces(t);
  const { code, stdout } = await portrace(t, ['diff', base, changed, '--json', '--context', '1']);
  t.is(code, 1);
  const report = JSON.parse(stdout) as DiffReport & { schema: number };
  t.is(report.schema, 1);
  t.false(report.same);
  const [finding] = report.findings;
  t.like(finding, { kind: 'arguments', subject: 'openat', isFirst: true, count: 1 });
  t.is(finding!.context.a.length, 1);
  t.is(finding!.a[0]!.got, '</etc/passwd>');
  t.is(report.a.tasks[0]!.partner, 1);
});

test('JUnit has one case a finding', async (t) => {
  const { base, changed, folder } = await traces(t);
  const junit = join(folder, 'report.xml');
  t.is((await portrace(t, ['diff', base, changed, '--junit', junit])).code, 1);
  const text = readFileSync(junit, 'utf8');
  t.regex(text, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites tests="1" failures="1" errors="0">/);
  t.regex(text, /<failure message="openat\(AT_FDCWD, &quot;\/etc\/passwd&quot;, O_RDONLY\) in A/);
});

test('expected differences do not count, new ones do, and gone ones are told', async (t) => {
  const { base, changed, folder } = await traces(t);
  const expectations = join(folder, 'port.expect');
  t.is((await portrace(t, ['diff', base, changed, '--write-expect', expectations])).code, 1);
  const text = readFileSync(expectations, 'utf8');
  t.false(/0x[0-9a-f]{6,}/.test(text), text);
  const accepted = await portrace(t, ['diff', base, changed, '--expect', expectations]);
  t.is(accepted.code, 0, accepted.stdout);
  t.regex(accepted.stdout, /^no new difference in behaviour\nexpected: 1$/m);
  const gone = await portrace(t, ['diff', base, base, '--expect', expectations]);
  t.is(gone.code, 0);
  t.regex(gone.stdout, /^expected, but gone: arguments variants-static: A openat\(/m);
  writeFileSync(expectations, '# nothing is known\n');
  t.is((await portrace(t, ['diff', base, changed, '--expect', expectations])).code, 1);
});

test('a rule, a call or a task narrows what counts', async (t) => {
  const { base, changed } = await traces(t);
  t.is((await portrace(t, ['diff', base, changed, '--ignore', 'openat'])).code, 0);
  t.is((await portrace(t, ['diff', base, changed, '--task', '2'])).code, 0);
  t.is((await portrace(t, ['diff', base, changed, '--task', '1'])).code, 1);
});

test('a default rule can be turned off', async (t) => {
  const folder = temporaryFolder(t);
  const [a, b] = [join(folder, 'a.trace'), join(folder, 'b.trace')];
  for (const trace of [a, b]) await record(t, trace, ['date']);
  t.is((await portrace(t, ['diff', a, b])).code, 0);
  const strict = await portrace(t, ['diff', a, b, '--compare', 'clocks']);
  t.is(strict.code, 1);
  t.regex(strict.stdout, /^1\. result: clock_gettime\(CLOCK_REALTIME, _\): /m);
});

test('a terminal gets colours, through the pager', async (t) => {
  const { base, changed } = await traces(t);
  const command = portraceCommand('diff', base, changed);
  const environment = { PAGER: 'sed "s/^/paged: /"', NO_COLOR: '' };
  const paged = await dialogue(t, command, [], { environment });
  t.is(paged.code, 1);
  t.regex(paged.stdout, /^paged: .*\x1b\[1m1\. arguments: openat/m);
  t.regex(paged.stdout, /^paged: \x1b\[31m - A/m);
  const plain = await dialogue(t, command, [], { environment: { PAGER: 'no-such-pager', NO_COLOR: '1' }, hideErrors: true });
  t.regex(plain.stdout, /^1\. arguments: openat/m);
});

test('trouble is one line and exit status 2', async (t) => {
  const { base, folder } = await traces(t);
  const foreign = join(folder, 'foreign');
  writeFileSync(foreign, 'no trace');
  const troubles: readonly (readonly [args: readonly string[], line: RegExp])[] = [
    [[base, join(folder, 'missing')], /no such file|not found|does not exist|cannot/i],
    [[base, foreign], /trace/],
    [[base, base, '--ignore', 'nonsense'], /^portrace: diff: nonsense is no rule, system call or signal/],
    [[base, base, '--compare', 'nonsense'], /^portrace: diff: there is no rule nonsense/],
    [[base, base, '--task', '99'], /^portrace: diff: the first trace has no task 99/],
    [[base, base, '--context', '-1'], /^portrace: diff: --context/],
    [[base, base, '--expect', join(folder, 'missing')], /^portrace: diff: cannot read/],
    [[base, base, '--expect', foreign], /line 1: no line of portrace diff --write-expect/],
    [[base, base, '--junit', join(folder, 'no', 'folder')], /^portrace: diff: cannot write/],
  ];
  for (const [args, line] of troubles) {
    const { code, stderr } = await portrace(t, ['diff', ...args]);
    t.is(code, 2, args.join(' '));
    t.regex(stderr, line);
    t.is(stderr.trim().split('\n').length, 1, stderr);
  }
});

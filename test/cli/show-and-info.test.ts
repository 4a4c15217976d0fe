import { spawnSync } from 'node:child_process';
import test, { type ExecutionContext } from 'ava';
import { portraceCommand } from '../harness/portrace.js';
import { record } from '../trace/recording.js';
import { traceFor } from '../trace/temporary.js';

interface Output {
  readonly lines: readonly string[];
  readonly errors: string;
  readonly status: number | null;
}

/** Runs portrace to its end, behind a shell pipe where one is given. */
function run(args: readonly string[], pipe = 'cat'): Output {
  const pipeline = spawnSync('bash', ['--norc', '-o', 'pipefail', '-c', `"$@" | ${pipe}`, 'bash', ...portraceCommand(...args)], { encoding: 'utf8' });
  return { lines: pipeline.stdout.trimEnd().split('\n'), errors: pipeline.stderr, status: pipeline.status };
}

function aTrace(t: ExecutionContext, events = 300): string {
  const path = traceFor(t);
  record(path, events);
  return path;
}

test('show prints one line an event', (t) => {
  const { lines, status } = run(['show', aTrace(t)]);
  t.is(status, 0);
  t.is(lines.length, 300);
  for (const [place, line] of lines.entries()) t.regex(line, new RegExp(`^ +${place + 1}  [1-4]`));
});

test('show selects by number and task', (t) => {
  const path = aTrace(t);
  t.is(run(['show', path, '--from', '290']).lines.length, 11);
  t.is(run(['show', path, '--to', '5']).lines.length, 5);
  t.is(run(['show', path, '--from', '7', '--to', '7']).lines.length, 1);
  const all = run(['show', path]).lines;
  const two = run(['show', path, '--task', '1', '3']).lines;
  t.deepEqual(two, all.filter((line) => /^ +\d+  [13]/.test(line)));
});

test('show --json prints one object a line', (t) => {
  const { lines } = run(['show', aTrace(t), '--json', '--from', '10', '--to', '12']);
  t.deepEqual(lines.map((line) => (JSON.parse(line) as { index: number }).index), [10, 11, 12]);
});

test('show ends quietly when its reader goes away', (t) => {
  const { lines, errors } = run(['show', aTrace(t, 5000)], 'head -n 2');
  t.is(lines.length, 2);
  t.is(errors, '');
});

test('show refuses selections that make no sense', (t) => {
  const path = aTrace(t);
  const refused: readonly [readonly string[], RegExp][] = [
    [['--from', '0'], /^portrace: show: --from takes a number from 1 on/],
    [['--to', 'x'], /^portrace: show: --to takes a number from 1 on/],
    [['--from', '9', '--to', '3'], /^portrace: show: --from 9 is behind --to 3/],
    [['--task', '77'], /^portrace: show: the trace has no task 77/],
    [['--tusk', '1'], /^portrace: Unknown argument: tusk/],
  ];
  for (const [options, message] of refused) {
    const { errors, status } = run(['show', path, ...options]);
    t.regex(errors, message);
    t.is(status, 2);
  }
});

test('both refuse what is no trace', (t) => {
  for (const command of ['show', 'info']) t.regex(run([command, '/etc/passwd']).errors, /^portrace: cannot open .*it is no trace/);
});

test('info tells command, host, end, counts and sizes', (t) => {
  const text = run(['info', aTrace(t)]).lines.join('\n');
  for (const part of [
    /trace +\S+ \(format 7, complete\)/,
    /command +\/bin\/sh -c 'echo "hällo"'/,
    /started +2025-01-02T03:04:05.678Z/,
    /ended +exited with 1 after 1234.568 s/,
    /port +linux-6.8/,
    /host +Linux 6.8.0 x86_64/,
    /events +300: syscall \d+/,
    /\ntasks\n/,
    /\ncalls\n/,
    /\nsignals\n/,
    /\ncalls without a description/,
  ]) {
    t.regex(text, part);
  }
});

test('info --json is one object', (t) => {
  const { lines } = run(['info', aTrace(t), '--json']);
  t.like(JSON.parse(lines.join('\n')), {
    complete: true,
    formatVersion: 7,
    events: 300,
    end: { status: 256, duration: 1234567890123 },
    session: { port: 'linux-6.8' },
  });
});

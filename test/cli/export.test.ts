/** `portrace export` as its users run it. */
import { copyFileSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import SQLite from 'better-sqlite3';
import { EXPORT_FORMATS } from '../../src/index.js';
import { exported, golden } from '../export/exported.js';
import { decodePerfetto } from '../export/perfetto-schema.js';
import { temporaryFolder } from '../harness/folders.js';
import { portrace, portraceCommand } from '../harness/portrace.js';
import { partialTrace } from '../harness/partial-trace.js';
import { run } from '../harness/run.js';
import { assertSame } from '../harness/same.js';
import { dialogue } from '../harness/terminal.js';
import { eventsOf } from '../export/exported.js';

const FILES = golden('files');

test('a file has what the library gives, for every format', async (t) => {
  const folder = temporaryFolder(t);
  for (const format of EXPORT_FORMATS) {
    const file = join(folder, format);
    const { code, stdout, stderr } = await portrace(t, ['export', FILES, '--format', format, '-o', file]);
    t.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    assertSame(t, readFileSync(file), exported(FILES, { format }));
  }
});

test('standard output has the same, bytes too, where it is no terminal', async (t) => {
  const file = join(temporaryFolder(t), 'file');
  for (const format of EXPORT_FORMATS) {
    await run(t, ['sh', '-c', '"$@" > "$0"', file, ...portraceCommand('export', FILES, '--format', format)]);
    assertSame(t, readFileSync(file), exported(FILES, { format }));
  }
});

test('jsonl is what portrace show --json prints', async (t) => {
  const selection = ['--from', '3', '--to', '20', '--task', '1'];
  const shown = await portrace(t, ['show', FILES, '--json', ...selection]);
  t.is((await portrace(t, ['export', FILES, '--format', 'jsonl', ...selection])).stdout, shown.stdout);
  t.is(shown.stdout.trim().split('\n').length, 18);
});

test('bytes are not written to a terminal, text is, and a reader who goes away is no error', async (t) => {
  for (const format of ['perfetto', 'parquet']) {
    const { code, stdout } = await dialogue(t, portraceCommand('export', FILES, '--format', format), []);
    t.is(code, 2);
    t.regex(stdout, /^portrace: export: \w+ is no text for a terminal; say -o FILE, or send it on with a pipe\r\n$/);
  }
  const text = await dialogue(t, portraceCommand('export', FILES, '--format', 'strace'), []);
  t.is(text.code, 0);
  t.is(text.stdout.replaceAll('\r', ''), exported(FILES, { format: 'strace' }).toString());
  const head = await run(t, ['bash', '-c', 'set -o pipefail; "$@" | head -n 1', '-', ...portraceCommand('export', FILES, '--format', 'jsonl')]);
  t.deepEqual({ code: head.code, stderr: head.stderr }, { code: 0, stderr: '' });
});

test('progress stands on a terminal and is gone in the end', async (t) => {
  const file = join(temporaryFolder(t), 'out.csv');
  const { code, stdout } = await dialogue(t, portraceCommand('export', FILES, '--format', 'csv', '-o', file), []);
  t.is(code, 0);
  t.regex(stdout, /^\r\x1b\[Kexporting: event \d+ of \d+.*\r\x1b\[K$/s);
});

test('an existing file is replaced with --force only, and the trace itself never', async (t) => {
  const folder = temporaryFolder(t);
  const [trace, link, file] = ['a.trace', 'link', 'a.csv'].map((name) => join(folder, name)) as [string, string, string];
  copyFileSync(FILES, trace);
  symlinkSync(trace, link);
  writeFileSync(file, 'mine');
  const refused = await portrace(t, ['export', trace, '--format', 'csv', '-o', file]);
  t.is(refused.code, 2);
  t.regex(refused.stderr, /^portrace: export: cannot write .*a\.csv: it exists; give another name, or --force to replace it\n$/);
  t.is(readFileSync(file, 'utf8'), 'mine');
  t.is((await portrace(t, ['export', trace, '--format', 'csv', '-o', file, '--force'])).code, 0);
  t.regex(readFileSync(file, 'utf8'), /^trace,event,/);
  const { size } = statSync(trace);
  for (const name of [trace, link]) {
    const { code, stderr } = await portrace(t, ['export', trace, '--format', 'csv', '-o', name, '--force']);
    t.is(code, 2);
    t.regex(stderr, /^portrace: export: .* is the trace itself; give another name\n$/);
  }
  t.is(statSync(trace).size, size);
});

test('a trace that was cut short: what is there, and every slice ends', async (t) => {
  const file = join(temporaryFolder(t), 'cut.pftrace');
  const events = eventsOf(golden('processes'));
  const enter = events.find(({ kind }) => kind === 'enter')!;
  const trace = partialTrace(t, golden('processes'), enter.index);
  t.is((await portrace(t, ['export', trace, '--format', 'perfetto', '-o', file])).code, 0);
  const types = decodePerfetto(readFileSync(file)).flatMap(({ track_event: event }) => event?.type ?? []);
  t.is(types.filter((type) => type === 'TYPE_SLICE_BEGIN').length, types.filter((type) => type === 'TYPE_SLICE_END').length);
  const { code, stdout } = await portrace(t, ['export', trace, '--format', 'csv']);
  t.is(code, 0);
  t.is(stdout.trim().split('\r\n').length, 1 + events.slice(0, enter.index).filter(({ syscall }) => syscall).length);
});

test('trouble is one line and exit status 2, and leaves no file', async (t) => {
  const folder = temporaryFolder(t);
  const [foreign, changed, out] = ['foreign', 'changed', 'out'].map((name) => join(folder, name)) as [string, string, string];
  writeFileSync(foreign, 'no trace');
  copyFileSync(FILES, changed);
  new SQLite(changed).exec('UPDATE system_calls SET result = 7 WHERE event = 20').close();
  const troubles: readonly (readonly [args: readonly string[], line: RegExp])[] = [
    [[FILES], /^portrace: Missing required argument: format$/],
    [[FILES, '--format', 'xml'], /^portrace: Invalid values: .*format.*xml.*"parquet"$/],
    [[join(folder, 'missing'), '--format', 'csv'], /^portrace: cannot open .*: no such file/],
    [[foreign, '--format', 'csv'], /^portrace: cannot open .*: it is no trace/],
    [[changed, '--format', 'perfetto'], /^portrace: damaged trace: event 20: its checksum is wrong/],
    [[changed, '--format', 'parquet'], /^portrace: damaged trace: event 20: its checksum is wrong/],
    [[FILES, '--format', 'csv', '--task', '99'], /^portrace: export: the trace has no task 99; portrace info lists its tasks$/],
    [[FILES, '--format', 'jsonl', '--from', '0'], /^portrace: export: --from takes a number from 1 on$/],
    [[FILES, '--format', 'csv', '--from', '9999'], /^portrace: export: the trace has no event 9999; its last is \d+$/],
    [[FILES, '--format', 'jsonl', '--to', 'x'], /^portrace: export: --to takes a number from 1 on$/],
    [[FILES, '--format', 'strace', '--from', '9', '--to', '8'], /^portrace: export: --from 9 is behind --to 8; swap them$/],
    [[FILES, '--format', 'strace', '--label', 'x'], /^portrace: export: a label is a column of csv and parquet; strace has none$/],
    [[FILES, '--format', 'csv', '-o', join(folder, 'missing', 'out')], /^portrace: export: cannot write .*ENOENT/],
    [[FILES, '--format', 'csv', '-o', 'a', '-o', 'b'], /^portrace: -o is given more than once; say it once$/],
    [[FILES, '--format', 'csv', '-o', ''], /^portrace: export: --output takes the name of one file$/],
    [[FILES, '--format', 'csv', '--label', 'a', '--label', 'b'], /^portrace: --label is given more than once; say it once$/],
  ];
  for (const [args, line] of troubles) {
    const { code, stdout, stderr } = await portrace(t, ['export', ...args, ...(args.includes('-o') ? [] : ['-o', out])]);
    t.is(code, 2, args.join(' '));
    t.regex(stderr.replace(/\n$/, ''), line);
    t.is(stderr.trim().split('\n').length, 1, stderr);
    t.is(stdout, '');
    t.false(existsSync(out), args.join(' '));
  }
});

test('--help has examples', async (t) => {
  const { code, stdout } = await portrace(t, ['export', '--help']);
  t.is(code, 0);
  t.regex(stdout, /portrace export boot\.trace --format\s.*\n\s+perfetto -o boot\.pftrace/);
});

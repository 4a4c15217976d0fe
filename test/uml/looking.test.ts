/** What show, stat, query and export say of one User-Mode Linux session, each against the others. */
import { join } from 'node:path';
import test from 'ava';
import { NAMED_QUERIES, openTrace, statTraces, type StatBy } from '../../src/index.js';
import type { Tally } from '../../src/stat/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { info, portrace } from '../harness/portrace.js';
import { LongScope } from '../harness/scope.js';
import { recordUml } from '../harness/uml-record.js';
import { umlCommand } from '../harness/uml.js';

const whole = new LongScope();
let trace: string;
let output: string;

test.before(async (t) => {
  trace = join(temporaryFolder(whole), 'uml.trace');
  const { code, stdout, stderr } = await recordUml(whole, trace, umlCommand({ init: 'boot-init.sh' }));
  t.is(code, 0, stderr);
  output = stdout;
});

test.after.always(() => whole.end());

async function lines(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await portrace(whole, args);
  if (code !== 0 || stderr !== '') throw new Error(`${args.join(' ')}: ${code}: ${stderr}`);
  return stdout.trimEnd().split('\n');
}

/** Asks without a process of its own. */
function rows(path: string, sql: string): Record<string, unknown>[] {
  const reader = openTrace(path);
  try {
    const query = reader.query(sql);
    return [...query.rows()].map((row) => Object.fromEntries(query.columns.map((name, index) => [name, row[index]])));
  } finally {
    reader.close();
  }
}

function totalOf(by: StatBy): Tally {
  const reader = openTrace(trace);
  try {
    return statTraces([reader], { by }).traces[0]!.total;
  } finally {
    reader.close();
  }
}

test.serial('calls and errors are as many for each of them', async (t) => {
  const total = totalOf('call');
  t.deepEqual(totalOf('task'), total);
  t.deepEqual(totalOf('file'), total);
  const failed = await lines('show', trace, '-e', 'status=failed', '-e', 'signal=none');
  t.is(failed.filter((line) => / = (?:-1|\?) E[A-Z0-9]+ \(/.test(line)).length, total.errors);
  t.deepEqual(rows(trace, 'SELECT sum(result BETWEEN -4095 AND -1) AS failed FROM system_calls'), [{ failed: BigInt(total.errors) }]);
  t.is((await lines('export', trace, '--format', 'csv')).length, 1 + total.calls);
});

test.serial('show has a line for each event, and the words of what the guest printed', async (t) => {
  const { events } = (await info(t, trace)) as { events: number };
  const shown = await lines('show', trace, '-y', '-T');
  t.is(shown.length, events);
  t.is((await lines('show', trace, '--json', '-e', 'ptrace', '-e', 'signal=none')).filter((line) => line.includes('"name":"ptrace"')).length, shown.filter((line) => /^ *\d+ +\S+ +(?:<\.\.\. )?ptrace[( ]/.test(line)).length);
  const said = output.split('\n').find((line) => line.startsWith('ok '))!.trim();
  t.true(shown.some((line) => /write\(\d+<stdout>, /.test(line) && line.includes(said)), said);
  t.true(shown.some((line) => /PTRACE_SYSEMU/.test(line)) && shown.some((line) => / <stopped for its tracer>/.test(line)));
});

test.serial('every named query has an answer, and that of mappings has all of them', async (t) => {
  const found = new Map(NAMED_QUERIES.map(({ name, sql }) => [name, rows(trace, sql)]));
  for (const [name, answer] of found) t.true(answer.length > 0 || name === 'undescribed-calls', name);
  const { sizes } = (await info(t, trace)) as { sizes: { mmapEvents: number } };
  const mappings = found.get('mmap-events')!;
  t.is(mappings.length, sizes.mmapEvents);
  t.true(mappings.some(({ object, sharing }) => sharing === 'shared' && / \(deleted\)$/.test(String(object))), 'physical memory');
  t.true(found.get('ptrace-requests')!.some(({ request }) => request === 'PTRACE_SYSEMU'));
});

test.serial('a log of it is understood whole', async (t) => {
  const folder = temporaryFolder(t);
  const [log, again] = [join(folder, 'uml.log'), join(folder, 'again.trace')];
  await lines('export', trace, '--format', 'strace', '-o', log);
  const imported = await portrace(t, ['import', log, '-o', again]);
  t.is(imported.code, 0, imported.stderr);
  t.regex((await lines('info', again)).join('\n'), /^imported .*all understood$/m);
  const signals = 'SELECT s.number FROM signals s JOIN events e ON e.id = s.event WHERE e.kind = 4 ORDER BY e.id';
  t.deepEqual(rows(again, signals), rows(trace, signals));
});

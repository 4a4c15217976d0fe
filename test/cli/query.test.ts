/** `portrace query` as its users run it. */
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import SQLite from 'better-sqlite3';
import { NAMED_QUERIES, openTrace } from '../../src/index.js';
import { TraceWriter } from '../../src/trace/index.js';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { info, portrace, portraceCommand, record } from '../harness/portrace.js';
import { run } from '../harness/run.js';
import { dialogue } from '../harness/terminal.js';
import { SESSION } from '../trace/generated.js';

const golden = (name: string): string => join(CHECKOUT, 'traces', name, 'golden.trace');

type Row = Readonly<Record<string, unknown>>;

/** The rows of a question. */
async function ask(t: ExecutionContext, trace: string, question: string): Promise<Row[]> {
  const { code, stdout, stderr } = await portrace(t, ['query', trace, question, '--json']);
  t.is(code, 0, stderr);
  return stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
}

/** Asks without a process of its own. */
function rowsOf(trace: string, sql: string): unknown[][] {
  const reader = openTrace(trace);
  try {
    return [...reader.query(sql).rows()].map((row) => [...row]);
  } finally {
    reader.close();
  }
}

async function recorded(t: ExecutionContext): Promise<string> {
  const folder = temporaryFolder(t);
  const trace = join(folder, 'variants.trace');
  await record(t, trace, [guestProgram('variants', { static: true }), 'none'], { cwd: folder });
  return trace;
}

test('@calls counts what portrace info counts', async (t) => {
  const trace = await recorded(t);
  const { calls } = (await info(t, trace)) as { calls: { name: string; calls: number; failed: number }[] };
  const asked = await ask(t, trace, '@calls');
  t.true(asked.length > 10);
  t.deepEqual(
    asked.map(({ call, calls, failed }) => ({ call, calls, failed: failed ?? 0 })),
    calls.map(({ name, calls, failed }) => ({ call: name, calls, failed })),
  );
});

test('@failed-calls: by call and error', async (t) => {
  const failed = await ask(t, golden('files'), '@failed-calls');
  for (const [call, error] of [['openat', 'ENOENT'], ['openat', 'EISDIR'], ['read', 'EBADF'], ['rmdir', 'ENOTEMPTY']]) {
    t.is(failed.filter((row) => row.call === call && row.error === error && row.calls === 1).length, 1, `${call} ${error}`);
  }
});

test('@files: every path, also a longer one than a row holds, and one of a call that slept', async (t) => {
  const folder = temporaryFolder(t);
  const trace = join(folder, 'sh.trace');
  const long = join('/nothing', 'x'.repeat(40), 'y');
  await record(t, trace, ['bash', '--norc', '-c', `test -e ${long}; mkfifo pipe; cat pipe & echo > pipe; wait`], { cwd: folder });
  const files = await ask(t, trace, '@files');
  t.like(files.find(({ path }) => path === long), { calls: 1, failed: 1 });
  t.like(files.find(({ path, called_by }) => path === 'pipe' && /openat/.test(String(called_by))), { failed: 0 });
  t.is(files.length, new Set(files.map(({ path }) => path)).size);
});

test('@tasks: how each ended', async (t) => {
  const tasks = await ask(t, golden('processes'), '@tasks');
  t.deepEqual(tasks.slice(0, 3).map(({ task, parent, ended }) => ({ task, parent, ended })), [
    { task: 1, parent: null, ended: 'exited with 0' },
    { task: 2, parent: 1, ended: 'exited with 3' },
    { task: 3, parent: 1, ended: 'killed by SIGKILL' },
  ]);
});

test('@signals and @mmap-events: each event, in order', async (t) => {
  const signals = await ask(t, golden('signals'), '@signals');
  t.like(signals[0], { task: 2, signal: 'SIGSEGV', disposition: 'fatal' });
  t.like(signals.at(-1), { task: 1, signal: 'SIGTERM', disposition: 'fatal' });
  const { sizes } = (await info(t, golden('mappings'))) as { sizes: { mmapEvents: number } };
  const mappings = (await ask(t, golden('mappings'), '@mmap-events')).map(({ event }) => Number(event));
  t.is(mappings.length, sizes.mmapEvents);
  t.deepEqual(mappings, [...mappings].sort((left, right) => left - right));
});

test('@mmap-events and @signals: what is not there is NULL, also in a trace that was recorded with views of before', async (t) => {
  const trace = join(temporaryFolder(t), 'old.trace');
  copyFileSync(golden('mappings'), trace);
  const database = new SQLite(trace);
  database.exec("DROP VIEW all_mmap_events; CREATE VIEW all_mmap_events AS SELECT 1 AS event, '0x0' AS from_address FROM mmap_events");
  database.close();
  const mappings = await ask(t, trace, '@mmap-events');
  t.true(mappings.some(({ operation }) => operation === 'remap') && mappings.some(({ operation }) => operation === 'map'));
  for (const { operation, from_address } of mappings) t.is(from_address === null, operation !== 'remap');
  const signals = await ask(t, golden('signals'), '@signals');
  for (const { synchronous, address } of signals) t.is(address === null, synchronous === 0);
});

test('@slowest-calls: from the entry where the trace has it, else from the event before', async (t) => {
  const trace = golden('processes');
  const reader = openTrace(trace);
  t.teardown(() => reader.close());
  const events = [...reader.events()];
  const slowest = await ask(t, trace, '@slowest-calls');
  t.is(slowest.length, Math.min(20, events.filter(({ index, syscall }) => index > 1 && syscall?.result !== undefined).length));
  for (const { event, microseconds, since } of slowest) {
    const { index, time, syscall } = events[Number(event) - 1]!;
    t.is(since, syscall!.entered === undefined ? 'the event before' : 'its entry');
    t.is(microseconds, Math.floor((time - events[(syscall!.entered ?? index - 1) - 1]!.time) / 1000));
  }
  t.deepEqual(new Set(slowest.map(({ since }) => since)), new Set(['the event before', 'its entry']));
  const times = slowest.map(({ microseconds }) => Number(microseconds));
  t.deepEqual(times, [...times].sort((left, right) => right - left));
});

test('@ptrace-requests and @undescribed-calls', async (t) => {
  const trace = join(temporaryFolder(t), 'tracer.trace');
  await record(t, trace, [guestProgram('startup-checks', { static: true })]);
  const requests = await ask(t, trace, '@ptrace-requests');
  t.like(requests.find(({ request }) => request === 'PTRACE_TRACEME'), { number: 0, calls: 1, failed: 0 });
  t.like((await ask(t, trace, '@undescribed-calls'))[0], { call: 'syscall_-1', calls: 1 });
});

test('every named query can be asked, and no two of its columns have one name', (t) => {
  const reader = openTrace(golden('files'));
  t.teardown(() => reader.close());
  for (const { name, sql, description } of NAMED_QUERIES) {
    const { columns } = reader.query(sql);
    t.is(new Set(columns).size, columns.length, name);
    t.notThrows(() => [...reader.query(`SELECT * FROM (${sql}) WHERE 0`).rows()], name);
    t.regex(description, /^[A-Z].*[^.]$/);
  }
});

test('--list tells of named queries, views and tables, with a trace and without', async (t) => {
  const { code, stdout } = await portrace(t, ['query', '--list']);
  t.is(code, 0);
  for (const { name, description } of NAMED_QUERIES) t.true(stdout.includes(`@${name} `) && stdout.includes(description), name);
  t.regex(stdout, /^view +all_calls +Every system call by name/m);
  t.regex(stdout, /^table +events +Everything that the guest did/m);
  t.is((await portrace(t, ['query', golden('files'), '--list'])).stdout, stdout);
});

const VALUES = `SELECT 1 AS n, 'a "b", c' AS text, x'00ff' AS bytes, NULL AS none, '' AS empty, -9223372036854775808 AS least, 1.5 AS n, 9e999 AS much`;

test('a table: two blanks between columns, numbers to the right, bytes in hexadecimal', async (t) => {
  const { stdout } = await portrace(t, ['query', golden('files'), `SELECT * FROM (VALUES (5, 'b', x'0a'), (1000, 'a' || char(27) || 'c', NULL))`]);
  t.is(stdout, 'column1  column2  column3\n      5  b        0a\n   1000  a\\x1bc\n');
});

test('CSV is RFC 4180: quotes, carriage returns, empty text that is not NULL', async (t) => {
  const { stdout } = await portrace(t, ['query', golden('files'), VALUES, '--csv']);
  t.is(stdout, 'n,text,bytes,none,empty,least,n,much\r\n1,"a ""b"", c",00ff,,"",-9223372036854775808,1.5,Infinity\r\n');
});

test('JSON is one object a row, integers with all digits, no member lost', async (t) => {
  const { stdout } = await portrace(t, ['query', golden('files'), VALUES, '--json']);
  t.is(stdout, '{"n":1,"text":"a \\"b\\", c","bytes":"00ff","none":null,"empty":"","least":-9223372036854775808,"n:1":1.5,"much":9e999}\n');
  t.is((JSON.parse(stdout) as Row).much, Infinity);
});

test('SQL may begin with a comment, behind -- or not', async (t) => {
  for (const sql of ['-- all of it\nSELECT 1 AS one', '--one\nSELECT 1 AS one', '/* - */ SELECT 1 AS one']) {
    for (const words of [[golden('files'), sql], [golden('files'), sql, '--csv'], ['--', golden('files'), sql], [golden('files'), '--', sql]]) {
      const { code, stdout, stderr } = await portrace(t, ['query', ...words]);
      t.deepEqual({ code, stdout: stdout.replaceAll('\r', ''), stderr }, { code: 0, stdout: words.includes('--csv') ? 'one\n1\n' : 'one\n  1\n', stderr: '' }, words.join(' '));
    }
  }
});

test('stored bytes are found wherever they are', async (t) => {
  const trace = await recorded(t);
  const rows = rowsOf(trace, 'SELECT size, bytes, content, bytes_of(bytes, content), text_of(bytes, content) FROM memory_inputs UNION ALL SELECT size, bytes, content, bytes_of(bytes, content), NULL FROM memory_writes');
  t.true(rows.some(([, , content]) => content !== null) && rows.some(([, , content]) => content === null));
  for (const [size, , , whole] of rows) t.is(BigInt((whole as Uint8Array).length), size as bigint);
  t.true(rows.some(([, , , , text]) => text === '/etc/passwd'));
});

/** More rows than memory would hold as objects in the limit that the process gets. */
const MANY = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) SELECT i, i * i AS square, printf(\'%060d\', i) AS text FROM n';

test('rows go by one at a time: a million of them in little memory', async (t) => {
  const command = [process.execPath, '--max-old-space-size=40', ...portraceCommand().slice(1), 'query', golden('files'), MANY];
  const { code, stdout, stderr } = await run(t, ['sh', '-c', '"$0" "$@" | tail -n 1', ...command]);
  t.is(code, 0, stderr);
  t.is(stdout, `1000000  1000000000000  ${'1000000'.padStart(60, '0')}\n`);
});

test('a reader that goes away ends it quietly', async (t) => {
  const { stdout, stderr } = await run(t, ['bash', '-o', 'pipefail', '-c', '"$0" "$@" | head -n 2', ...portraceCommand('query', golden('files'), MANY, '--csv')]);
  t.is(stdout, `i,square,text\r\n1,1,${'1'.padStart(60, '0')}\r\n`);
  t.is(stderr, '');
});

test('a terminal gets a bold head through the pager, and all rows without a pager', async (t) => {
  const command = portraceCommand('query', golden('files'), "SELECT 7 AS seven, char(27) || '[31m' AS red");
  const paged = await dialogue(t, command, [], { environment: { PAGER: 'sed "s/^/paged: /"', NO_COLOR: '' } });
  t.is(paged.stdout, 'paged: \x1b[1mseven  red\x1b[0m\r\npaged:     7  \\x1b[31m\r\n');
  const plain = await dialogue(t, command, [], { environment: { PAGER: 'no-such-pager', NO_COLOR: '1' }, hideErrors: true });
  t.is(plain.stdout, 'seven  red\r\n    7  \\x1b[31m\r\n');
  const csv = await dialogue(t, [...command, '--csv'], [], { environment: { PAGER: 'cat' } });
  t.false(csv.stdout.includes('\x1b'));
});

test('a trace that is being written can be asked', (t) => {
  const path = join(temporaryFolder(t), 'a.trace');
  const writer = TraceWriter.create(path, {});
  t.teardown(() => writer.close());
  writer.begin(SESSION);
  for (let time = 1000; time <= 3000; time += 1000) writer.append({ task: 1, kind: 'tsc', time, inputs: [], effects: [] } as never);
  writer.commit();
  t.deepEqual(rowsOf(path, 'SELECT id, time FROM events'), [[1n, 1000n], [2n, 2000n], [3n, 3000n]]);
});

const VERSION_4 = join(CHECKOUT, 'test/trace/version-4.trace');

test('a trace of format version 1 can be asked everything that has a name', (t) => {
  const path = join(temporaryFolder(t), 'old.trace');
  copyFileSync(VERSION_4, path);
  const database = new SQLite(path);
  for (const table of ['import_source', 'import_counts', 'call_texts']) database.exec(`DROP TABLE ${table}`);
  database.pragma('user_version = 1');
  database.close();
  for (const { name, sql } of NAMED_QUERIES) t.deepEqual(rowsOf(path, sql), rowsOf(VERSION_4, sql), name);
});

/** Statements that would change the trace, another file, or how this connection reads. */
const WRITES = [
  'DELETE FROM events',
  'INSERT INTO session SELECT * FROM session RETURNING id',
  'WITH n AS (SELECT 1) UPDATE totals SET events = 0',
  'DROP VIEW all_calls',
  'CREATE TEMP TABLE other (x)',
  "ATTACH 'other.db' AS other",
  "VACUUM INTO 'other.db'",
  'BEGIN IMMEDIATE',
  'REINDEX',
  'PRAGMA journal_mode = DELETE',
  'PRAGMA query_only = OFF',
  ' /* a */ -- b\n EXPLAIN QUERY PLAN PRAGMA user_version = 9',
];

test('whatever would write is refused: traces are read only', async (t) => {
  const trace = await recorded(t);
  const before = readFileSync(trace);
  for (const sql of WRITES) {
    const reader = openTrace(trace);
    t.throws(() => reader.query(sql), { name: 'Trouble', message: /^query: traces are read only/ }, sql);
    reader.close();
  }
  const { code, stderr } = await portrace(t, ['query', trace, WRITES[0]!], { cwd: temporaryFolder(t) });
  t.is(code, 2);
  t.is(stderr, 'portrace: query: traces are read only; ask by SELECT\n');
  t.deepEqual(readFileSync(trace), before);
});

test('a connection that could write does not', (t) => {
  const path = join(temporaryFolder(t), 'copy.trace');
  writeFileSync(path, readFileSync(golden('files')));
  const reader = openTrace(path);
  t.teardown(() => reader.close());
  t.deepEqual([...reader.query('SELECT query_only FROM pragma_query_only').rows()], [[1n]]);
});

test('trouble is one line and exit status 2', async (t) => {
  const folder = temporaryFolder(t);
  const trace = golden('files');
  const foreign = join(folder, 'foreign');
  writeFileSync(foreign, 'no trace');
  const [newer, short] = [join(folder, 'newer'), join(folder, 'short')];
  for (const copy of [newer, short]) writeFileSync(copy, readFileSync(trace));
  new SQLite(newer).exec('PRAGMA user_version = 99').close();
  truncateSync(short, 8192);
  const troubles: readonly (readonly [args: readonly string[], line: RegExp])[] = [
    [[], /^portrace: query: name a trace, or say --list$/],
    [[trace], /^portrace: query: ask something: SQL, or @NAME; portrace query --list tells what there is$/],
    [[trace, '@nothing'], /^portrace: query: there is no query @nothing; portrace query --list tells which there are$/],
    [[trace, 'SELEC 1'], /^portrace: query: near "SELEC": syntax error$/],
    [[trace, 'SELECT\nabsent\nFROM events'], /^portrace: query: no such column: absent$/],
    [[trace, 'SELECT * FROM "no\nsuch"'], /^portrace: query: no such table: no such$/],
    [[trace, 'SELECT 1; SELECT 2'], /^portrace: query: .*more than one statement$/],
    [[trace, ''], /^portrace: query: .*no statements$/],
    [[trace, "SELECT load_extension('x')"], /^portrace: query: not authorized$/],
    [[trace, 'SELECT bytes_of(NULL, 99999)'], /^portrace: query: there is no content 99999$/],
    [[trace, '@calls', '--csv', '--json'], /^portrace: query: --csv and --json exclude each other/],
    [[trace, '@calls', '--nonsense'], /^portrace: Unknown argument: nonsense$/],
    [[join(folder, 'missing'), '@calls'], /^portrace: cannot open .*: no such file/],
    [[foreign, '@calls'], /^portrace: cannot open .*: it is no trace/],
    [[newer, '@calls'], /^portrace: cannot open .*: it is newer than this portrace/],
    [[short, '@calls'], /^portrace: cannot open .*: damaged trace: the file is cut short/],
  ];
  for (const [args, line] of troubles) {
    const { code, stdout, stderr } = await portrace(t, ['query', ...args]);
    t.is(code, 2, args.join(' '));
    t.regex(stderr.replace(/\n$/, ''), line);
    t.is(stdout, '');
  }
});

test('a damaged page is told as damage, behind the rows before it', async (t) => {
  const trace = await recorded(t);
  const bytes = readFileSync(trace);
  const database = new SQLite(trace, { readonly: true });
  const page = database.prepare("SELECT max(pageno) FROM dbstat WHERE name = 'memory_inputs' AND pagetype = 'leaf'").pluck().get() as number;
  database.close();
  bytes.fill(0x5a, (page - 1) * 4096, page * 4096);
  writeFileSync(trace, bytes);
  const { code, stderr } = await portrace(t, ['query', trace, 'SELECT count(bytes) FROM memory_inputs']);
  t.is(code, 2);
  t.regex(stderr, /^portrace: damaged trace: .*take another copy of the file or record again\n$/);
});

test('--help has examples', async (t) => {
  const { code, stdout } = await portrace(t, ['query', '--help']);
  t.is(code, 0);
  t.regex(stdout, /portrace query boot\.trace @failed-calls/);
});

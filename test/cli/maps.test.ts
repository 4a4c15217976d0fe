/** `portrace maps` on real recordings, against what /proc/self/maps told the guest itself, and on what is no use to it. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import test, { type ExecutionContext } from 'ava';
import { objectId } from '../../src/base/brands.js';
import type { ReportedSpace } from '../../src/show/maps-report.js';
import { TraceReader, TraceWriter } from '../../src/trace/index.js';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { portrace, portraceCommand, record } from '../harness/portrace.js';
import { partialTrace } from '../harness/partial-trace.js';
import { run, type Finished } from '../harness/run.js';
import { mapLines, toldMaps } from '../harness/told-maps.js';

const GOLDEN = join(CHECKOUT, 'traces/mappings/golden.trace');
const FORKS = join(CHECKOUT, 'traces/processes/golden.trace');

interface Json {
  readonly schema: number;
  readonly event: number;
  readonly notes: readonly string[];
  readonly spaces: readonly ReportedSpace[];
}

async function maps(t: ExecutionContext, ...args: string[]): Promise<Finished> {
  const shown = await portrace(t, ['maps', ...args]);
  t.is(shown.code, 0, shown.stderr);
  t.is(shown.stderr, '');
  return shown;
}

const json = async (t: ExecutionContext, ...args: string[]): Promise<Json> => JSON.parse((await maps(t, ...args, '--json')).stdout) as Json;

async function recorded(t: ExecutionContext, command: readonly string[]): Promise<string> {
  const trace = join(temporaryFolder(t), 'guest.trace');
  const { code, stderr, stdout } = await record(t, trace, command);
  t.is(code, 0, stdout + stderr);
  return trace;
}

const TELLING: readonly (readonly [title: string, command: () => readonly string[], readings: number])[] = [
  ['a program that maps in every way, and its child', () => [guestProgram('own-maps')], 3],
  ['the same, linked statically', () => [guestProgram('own-maps', { static: true })], 3],
  ['cat', () => ['cat', '/proc/self/maps'], 1],
];

for (const [title, command, readings] of TELLING) {
  test(`it is what the kernel tells ${title}`, async (t) => {
    const trace = await recorded(t, command());
    const told = toldMaps(trace);
    t.is(told.length, readings);
    for (const { event, task, text } of told) {
      const { stdout } = await maps(t, trace, '--at', `${event}`, '--task', `${task}`);
      const lines = mapLines(text);
      t.true(lines.length > 5, text);
      t.deepEqual(mapLines(stdout), lines, `event ${event}, task ${task}`);
    }
  });
}

/** By offset in an object: all addresses where its page is, as the pieces and what they say of others tell. */
function seenByOffset({ spaces }: Json, object: number): Map<number, Set<number>> {
  const found = new Map<number, Set<number>>();
  for (const piece of spaces.flatMap(({ pieces }) => pieces)) {
    if (piece.object !== object) continue;
    for (let at = piece.start; at < piece.end; at += 4096) {
      const offset = piece.offset + at - piece.start;
      const also = piece.also.filter(({ start, end }) => start <= at && at < end);
      const places = also.flatMap((part) => part.places.map(({ address }) => address + at - part.start));
      found.set(offset, new Set([...(found.get(offset) ?? []), at, ...places]));
    }
  }
  return found;
}

const SYS_MMAP = 9;
const SYS_MUNMAP = 11;
const MAP_SHARED_FIXED = 0x11n;

/** The shared pages that the calls of a guest put somewhere one by one, up to its first munmap behind them. */
function pagesMapped(trace: string): { readonly event: number; readonly object: number; readonly pages: Map<number, Set<number>> } {
  const byAddress = new Map<number, number>();
  const reader = TraceReader.open(trace);
  const { id } = reader.objects().find(({ path }) => path.startsWith('/memfd:pages'))!;
  let event = 0;
  for (const { index, syscall, effects } of reader.events()) {
    if (byAddress.size > 40 && (syscall?.number === SYS_MUNMAP || effects.some((effect) => effect.type === 'object'))) break;
    event = index;
    if (syscall?.number !== SYS_MMAP || syscall.arguments[3] !== MAP_SHARED_FIXED) continue;
    byAddress.set(Number(syscall.result), Number(syscall.arguments[5]));
  }
  reader.close();
  const pages = new Map<number, Set<number>>();
  for (const [address, offset] of byAddress) pages.set(offset, new Set([...(pages.get(offset) ?? []), address]));
  return { event, object: id, pages };
}

test('every place of a page that is mapped at many addresses is known at each of them', async (t) => {
  const trace = await recorded(t, [guestProgram('pages')]);
  const { event, object, pages } = pagesMapped(trace);
  t.true(pages.get(0)!.size > 16, 'the first page has its place in three windows');
  const seen = seenByOffset(await json(t, trace, '--at', `${event}`), object);
  const sorted = (places: Map<number, Set<number>>): unknown => [...places].map(([offset, all]) => [offset, [...all].sort()]).sort();
  t.deepEqual(sorted(seen), sorted(pages));
});

test('a child shows the pages that its maker does, and what was kept from it is not there', async (t) => {
  const trace = await recorded(t, [guestProgram('own-maps')]);
  const event = toldMaps(trace)[1]!.event;
  const { spaces } = await json(t, trace, '--at', `${event}`);
  t.deepEqual(spaces.map(({ tasks }) => tasks.map(({ task }) => task)), [[1], [2]]);
  const child = spaces[1]!.pieces.filter(({ shared }) => shared);
  t.true(child.length > 5);
  for (const piece of child) {
    const inMaker = piece.also.flatMap(({ start, end, places }) => places.filter(({ task }) => task === 1).map(({ address }) => [address, start, end]));
    t.true(inMaker.some(([address, start]) => address === start), `0x${piece.start.toString(16)} is at its own address in its maker`);
  }
  const pages = ({ pieces }: ReportedSpace): number => pieces.filter(({ sharedMemory }) => sharedMemory !== undefined).reduce((sum, { start, end }) => sum + (end - start) / 4096, 0);
  t.is(pages(spaces[0]!) - pages(spaces[1]!), 1);
});

test('the default is the last event after which a task lives', async (t) => {
  const { stdout } = await maps(t, GOLDEN);
  t.true(stdout.startsWith('after event 19, task 1: exit_group(0 <unfinished ...>\n\nspace 1, task 1 (pid '));
  t.regex(stdout, /^7ffff7fe9000-7ffff7feb000 rw-s 00000000 00:01 \d+ +#2 {2}\/memfd:golden \(deleted\)\n {4}7ffff7fea000-7ffff7feb000 also at 0x7ffff7ff6000 \(task 1\)$/m);
  t.regex(stdout, /^7ffff7ff6000-7ffff7ff7000 rw-s 00001000 00:01 \d+ +#2 .*\n {4}also at 0x7ffff7fea000 \(task 1\)$/m);
});

const CHANGES: readonly (readonly [from: number, to: number, lines: readonly RegExp[]])[] = [
  [4, 7, [/^\+ 7ffff7ff3000-7ffff7ff4000 rw-p /, /^\+ 7ffff7ff5000-7ffff7ff6000 r--p /, /^\+ 7ffff7ff6000-7ffff7ff7000 rw-p /]],
  [6, 7, [/^~ 7ffff7ff5000-7ffff7ff6000 r--p .* anonymous, was rw-p$/]],
  [9, 10, [/^\+ 7ffff7feb000-7ffff7ff3000 rw-p .* anonymous, moved from 0x7ffff7ff6000$/, /^- 7ffff7ff6000-7ffff7ff7000 rw-p /]],
  [10, 15, [/^\+ 7ffff7fe9000-7ffff7feb000 rw-s /, /^\+ 7ffff7ff6000-7ffff7ff7000 rw-s 00001000 /]],
  [3, 4, [/^- 00404000-00406000 rw-p .* \[heap\]$/]],
];

for (const [from, to, expected] of CHANGES) {
  test(`what changed from event ${from} to ${to}`, async (t) => {
    const { stdout } = await maps(t, GOLDEN, '--at', `${from}`, '--diff', `${to}`);
    const lines = stdout.trimEnd().split('\n').filter((line) => /^[-+~]/.test(line));
    t.is(lines.length, expected.length, stdout);
    for (const [index, line] of lines.entries()) t.regex(line, expected[index]!);
  });
}

test('another page at an address is told with what was there', async (t) => {
  const trace = await recorded(t, [guestProgram('pages')]);
  const { event } = pagesMapped(trace);
  const reader = TraceReader.open(trace);
  const remapped = [...reader.events()].find(({ index, syscall }) => index > event && syscall?.number === SYS_MMAP && syscall.arguments[5] === 5n * 4096n)!;
  reader.close();
  const { stdout } = await maps(t, trace, '--at', `${remapped.index - 1}`, '--diff', `${remapped.index}`);
  t.regex(stdout, /^~ [0-9a-f]+-[0-9a-f]+ r--s 00005000 .*memfd:pages \(deleted\), was rw-s 00000000 #\d+ \/memfd:pages \(deleted\)$/m);
});

test('nothing changed, new and gone address spaces', async (t) => {
  t.regex((await maps(t, GOLDEN, '--at', '17', '--diff', '18')).stdout, /\n\nnothing changed\n$/);
  const reader = TraceReader.open(FORKS);
  const { task, born, exit } = reader.tasks().find(({ parent, exit: end }) => parent !== undefined && end !== undefined)!;
  reader.close();
  const [before, after] = [born - 1, exit!.event];
  t.regex((await maps(t, FORKS, '--at', `${before}`, '--diff', `${born}`)).stdout, new RegExp(`^space \\d+, task ${task} .*: new\\n\\+ `, 'm'));
  t.regex((await maps(t, FORKS, '--at', `${after - 1}`, '--diff', `${after}`, '--task', `${task}`)).stdout, new RegExp(`^space \\d+, task ${task} .*: gone\\n- `, 'm'));
});

test('what cannot be shown is one line and status 2', async (t) => {
  const folder = temporaryFolder(t);
  const damaged = join(folder, 'damaged.trace');
  copyFileSync(GOLDEN, damaged);
  const database = new Database(damaged);
  database.exec('UPDATE mmap_events SET address = address + 4096 WHERE id = (SELECT max(id) FROM mmap_events)');
  database.close();
  const refused: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [[GOLDEN, '--at', '999'], /maps: the trace has no event 999; its last one is 20$/],
    [[GOLDEN, '--at', '0'], /maps: --at takes a number from 1 on$/],
    [[GOLDEN, '--at', 'x'], /maps: --at takes a number from 1 on$/],
    [[GOLDEN, '--at', '3', '--at', '4'], /--at is given more than once; say it once$/],
    [[GOLDEN, '--at', '20'], /maps: no task lives after event 20; leave out --at/],
    [[GOLDEN, '--task', '9'], /maps: the trace has no task 9; portrace info lists its tasks$/],
    [[FORKS, '--at', '1', '--task', '2'], /maps: task 2 does not live after event 1: it begins at event \d+$/],
    [[FORKS, '--task', '2'], /maps: task 2 does not live after event \d+: it was gone at event \d+$/],
    [[GOLDEN, '--diff', '4'], /maps: --diff needs --at, the event to begin with$/],
    [[GOLDEN, '--at', '5', '--diff', '4'], /maps: --at 5 is behind --diff 4; swap them$/],
    [[GOLDEN, '--at', '5', '--diff', '99'], /maps: the trace has no event 99/],
    [[GOLDEN, '--at', '4', '--diff', '5', '--svg', join(folder, 'a.svg')], /maps: --svg draws one moment; leave out --diff$/],
    [[GOLDEN, '--svg', join(folder, 'none', 'a.svg')], /maps: cannot write .*a\.svg: .*no such file or directory/],
    [[GOLDEN, '--svg', 'a.svg', '--svg', 'b.svg'], /--svg is given more than once; say it once$/],
    [[GOLDEN, '--svg', ''], /maps: --svg takes the name of one file$/],
    [[join(folder, 'none.trace')], /none\.trace/],
    [[damaged], /damaged trace: event 15: its checksum is wrong/],
    [['/etc/passwd'], /it is no trace/],
    [[], /Not enough non-option arguments/],
    [[GOLDEN, '--bogus'], /Unknown argument: bogus/],
  ];
  for (const [args, message] of refused) {
    const { code, stdout, stderr } = await portrace(t, ['maps', ...args]);
    t.is(code, 2, args.join(' '));
    t.is(stdout, '', args.join(' '));
    t.regex(stderr, /^portrace: .*\n$/, args.join(' '));
    t.regex(stderr.trimEnd(), message);
  }
  t.false(existsSync(join(folder, 'a.svg')));
});

test('who stops reading is no error', async (t) => {
  const command = portraceCommand('maps', FORKS, '--json').map((word) => `'${word}'`).join(' ');
  const { code, stdout, stderr } = await run(t, ['bash', '-o', 'pipefail', '-c', `${command} | head -n 1`]);
  t.is(code, 0);
  t.is(stdout, '{\n');
  t.is(stderr, '');
});

/** Throws where a tag is not closed, or text is none that XML allows; gives how often each element is there. */
function elements(svg: string): Map<string, number> {
  const open: string[] = [];
  const counts = new Map<string, number>();
  if (/[\0-\x08\x0b-\x1f]|&(?!(?:amp|lt|gt|quot);)/.test(svg)) throw new Error('a character that XML does not allow');
  for (const [, close, name = '', attributes = '', alone] of svg.matchAll(/<(\/?)([\w]+)((?: [\w:]+="[^"<]*")*)(\/?)>/g)) {
    if (close && open.pop() !== name) throw new Error(`</${name}> closes nothing`);
    if (close) continue;
    const kind = `${name}${/ class="(\w+)/.exec(attributes)?.[1] ?? ''}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (!alone) open.push(name);
  }
  if (open.length > 0 || /[<>]/.test(svg.replace(/<[^<>]*>/g, ''))) throw new Error(`not closed: ${open.join(' ')}`);
  return counts;
}

test('a drawing has every piece and a link for the page that is seen twice', async (t) => {
  const path = join(temporaryFolder(t), 'maps.svg');
  const { spaces } = await json(t, GOLDEN, '--svg', path);
  const svg = readFileSync(path, 'utf8');
  const counts = elements(svg);
  const memories = 2;
  t.is(counts.get('rectpiece'), spaces[0]!.pieces.length + memories);
  t.is(counts.get('pathlink'), 1);
  t.true(svg.includes('<title>the same 4.0 KiB: 0x7ffff7fea000 (task 1), 0x7ffff7ff6000 (task 1)</title>'));
  t.regex(svg, /prefers-color-scheme: dark/);
  t.notRegex(svg, /(?:href|src)=|url\(/);
});

test('an existing drawing is replaced only by --force', async (t) => {
  const path = join(temporaryFolder(t), 'maps.svg');
  writeFileSync(path, 'mine');
  const refused = await portrace(t, ['maps', GOLDEN, '--svg', path]);
  t.is(refused.code, 2);
  t.is(refused.stderr, `portrace: maps: cannot write ${path}: it exists; give another name, or --force to replace it\n`);
  t.is(readFileSync(path, 'utf8'), 'mine');
  await maps(t, GOLDEN, '--svg', path, '--force');
  const trace = join(temporaryFolder(t), 'a.trace');
  copyFileSync(GOLDEN, trace);
  const itself = await portrace(t, ['maps', trace, '--svg', trace, '--force']);
  t.is(itself.code, 2);
  t.is(itself.stderr, `portrace: maps: ${trace} is the trace itself; give another name\n`);
  t.deepEqual(readFileSync(trace), readFileSync(GOLDEN));
  t.true(readFileSync(path, 'utf8').startsWith('<svg '));
});

test('names out of a trace do no harm to a terminal or a drawing', async (t) => {
  const folder = temporaryFolder(t);
  const [trace, path] = [join(folder, 'a.trace'), join(folder, 'a.svg')];
  const reader = TraceReader.open(GOLDEN);
  const writer = TraceWriter.create(trace, {});
  writer.begin(reader.session);
  for (const object of reader.objects()) writer.object({ ...object, path: `/tmp/<b>&"\x1b[31m\n${object.id}` });
  for (const event of reader.events()) writer.append(event);
  writer.finish(reader.end!);
  writer.close();
  reader.close();
  const { stdout } = await maps(t, trace, '--svg', path);
  t.true(stdout.includes('#2  /tmp/<b>&"\\x1b[31m\\x0a2\n'));
  t.notThrows(() => elements(readFileSync(path, 'utf8')));
});

test('a trace that was cut short is shown to its end, and says so', async (t) => {
  const whole = await maps(t, GOLDEN, '--at', '15');
  const { stdout } = await maps(t, partialTrace(t, GOLDEN, 15));
  t.is(stdout, whole.stdout.replace('\n\n', '\nnote: the recording was cut short or still runs\n\n'));
});

const LOG = `1 execve("/bin/guest", ["guest"], 0x7ffd /* 1 var */) = 0
1 openat(AT_FDCWD, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3
1 mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, 3, 0x1000) = 0x7f0000000000
1 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0) = 0x7f0000100000
1 mprotect(0x7f0000001000, 4096, PROT_NONE) = 0
`;

test('an imported log shows what its calls tell, and says so', async (t) => {
  const folder = temporaryFolder(t);
  const [log, trace] = [join(folder, 'guest.log'), join(folder, 'guest.trace')];
  writeFileSync(log, LOG);
  t.is((await portrace(t, ['import', log, '-o', trace])).code, 0);
  const { notes, spaces } = await json(t, trace);
  t.deepEqual(notes, ['imported from a log of strace: only what its calls show; what a program starts with is missing']);
  t.deepEqual(spaces.map(({ pieces }) => pieces.map(({ start, end, protection, offset, name }) => [start, end, protection, offset, name])), [[
    [0x7f0000000000, 0x7f0000001000, 'r--', 0x1000, '/lib/libc.so.6'],
    [0x7f0000001000, 0x7f0000002000, '---', 0x2000, '/lib/libc.so.6'],
    [0x7f0000100000, 0x7f0000101000, 'rw-', 0, 'anonymous, shared #1'],
  ]]);
  t.regex((await maps(t, trace)).stdout, /^note: imported from a log of strace/m);
});

test('the JSON has what the documentation lists', async (t) => {
  const found = await json(t, GOLDEN);
  t.like(found, { schema: 1, trace: GOLDEN, event: 19, notes: [] });
  const shared = found.spaces[0]!.pieces.filter(({ shared: isShared }) => isShared);
  t.is(shared.length, 2);
  t.like(shared[1], { start: 0x7ffff7ff6000, end: 0x7ffff7ff7000, protection: 'rw-', offset: 4096, object: objectId(2), device: '00:01', name: '/memfd:golden (deleted)' });
  t.deepEqual(shared[1]!.also as unknown, [{ start: 0x7ffff7ff6000, end: 0x7ffff7ff7000, places: [{ space: 1, task: 1, address: 0x7ffff7fea000 }] }]);
});

test('help has examples', async (t) => {
  const { stdout, code } = await portrace(t, ['maps', '--help']);
  t.is(code, 0);
  t.regex(stdout, /portrace maps a\.trace --at 90 --diff 95 +Tell what changed/);
});

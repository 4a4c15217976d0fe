import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { Trouble } from '../../src/base/errors.js';
import { TraceReader, TraceWriter } from '../../src/trace/index.js';
import { SESSION } from './generated.js';
import { END, record } from './recording.js';
import { folderFor, traceFor } from './temporary.js';

const CHILD = fileURLToPath(new URL('./writer-child.js', import.meta.url));

const refuses = (message: RegExp) => ({ instanceOf: Trouble, message }) as const;

test('an existing file is kept, unless it is to be replaced', (t) => {
  const path = traceFor(t);
  writeFileSync(path, 'precious');
  writeFileSync(`${path}-wal`, 'old log');
  const error = t.throws(() => TraceWriter.create(path, {}), refuses(/it exists; .*--force/));
  t.is((error as Trouble).kind, 'storage');
  t.is(readFileSync(path, 'utf8'), 'precious');
  const writer = TraceWriter.create(path, { force: true });
  writer.begin(SESSION);
  writer.finish(END);
  t.true(TraceReader.open(path).complete);
  t.false(existsSync(`${path}-wal`));
});

test('a folder is not replaced', (t) => {
  const path = traceFor(t);
  mkdirSync(path);
  t.throws(() => TraceWriter.create(path, { force: true }), refuses(/no regular file/));
  t.throws(() => TraceWriter.create(path, {}), refuses(/it exists/));
});

test('a trace in no folder cannot be created', (t) => {
  const path = join(traceFor(t), 'deeper');
  t.throws(() => TraceWriter.create(path, {}), refuses(/its folder does not exist/));
});

test('a log that lies beside the name of a new trace has no effect', (t) => {
  const path = traceFor(t);
  writeFileSync(`${path}-wal`, 'something');
  record(path, 10);
  t.is([...TraceReader.open(path).events()].length, 10);
});

/** Commands for the writer in a folder where a disk is full sooner or later. */
interface FullDisk {
  readonly title: string;
  readonly shell: readonly string[];
  readonly prepare: string;
  readonly run: string;
}

/** A small disk of its own, and for machines that let nobody mount one, even in a namespace, the kernel's answer alone. */
const MOUNTED: FullDisk = { title: 'a small disk', shell: ['unshare', '-rm', 'sh'], prepare: 'mount -t tmpfs -o size=16m none small', run: '' };
const INJECTED: FullDisk = {
  title: "the kernel's answer",
  shell: ['sh'],
  prepare: 'true',
  run: 'strace -f -qq -o strace.out -P "$PWD/small/a.trace-wal" -e trace=pwrite64 -e inject=pwrite64:error=ENOSPC:when=4000+',
};
const canMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt']).status === 0;
const FULL_DISKS = canMount ? [MOUNTED, INJECTED] : [INJECTED];

for (const [disk, how] of FULL_DISKS.flatMap((each) => ['direct', 'threaded'].map((way) => [each, way] as const))) {
  test(`a full disk is told, and what was committed is kept: ${disk.title}, ${how}`, (t) => {
    const folder = folderFor(t);
    mkdirSync(join(folder, 'small'));
    const script = `cd ${folder} && ${disk.prepare} && ${disk.run} ${process.execPath} ${CHILD} small/a.trace ${how}; code=$?; cp small/* .; exit $code`;
    const run = spawnSync(disk.shell[0]!, [...disk.shell.slice(1), '-c', script], { encoding: 'utf8' });
    t.is(run.status, 1);
    t.regex(run.stderr, /^storage: cannot write small\/a\.trace: no space is left on the device/);
    const reader = TraceReader.open(join(folder, 'a.trace'));
    // A thread commits later than it is asked to.
    const committed = how === 'direct' ? Number(run.stdout.trim().split('\n').at(-1)) : 500;
    t.true(committed >= 500);
    t.true(reader.eventCount >= committed);
    t.is([...reader.events()].length, reader.eventCount);
  });
}

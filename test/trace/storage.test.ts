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

// A full disk is made by mounting a small one, which some containers forbid even in a namespace. Nothing
// else gives ENOSPC in the middle of a file, so there the test is skipped, and its title says why.
const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0;
const onFullDisk = canMount ? test : test.skip;
const reason = canMount ? '' : ' (skipped: this machine lets nobody mount a small disk)';

for (const how of ['direct', 'threaded']) {
  onFullDisk(`a full disk is told, and what was committed is kept: ${how}${reason}`, (t) => {
    const folder = folderFor(t);
    mkdirSync(join(folder, 'small'));
    const script = `cd ${folder} && mount -t tmpfs -o size=16m none small &&
      ${process.execPath} ${CHILD} small/a.trace ${how}; code=$?; cp small/* .; exit $code`;
    const run = spawnSync('unshare', ['-rm', 'sh', '-c', script], { encoding: 'utf8' });
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

import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { TraceReader, TraceWriter } from '../../src/trace/index.js';
import { Generator, OBJECTS, SESSION } from './generated.js';
import { END, readEverything, writeGenerated } from './recording.js';
import { folderFor, traceFor } from './temporary.js';

const CHILD = fileURLToPath(new URL('./writer-child.js', import.meta.url));

/** Starts a recorder, kills it after some commits, and gives the last number it told. */
async function killRecorder(path: string): Promise<number> {
  const child = spawn(process.execPath, [CHILD, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  for await (const text of child.stdout) {
    told += String(text);
    if (told.split('\n').length > 8) child.kill('SIGKILL');
  }
  return Number(told.trim().split('\n').at(-1));
}

function generated(count: number): unknown[] {
  const generator = new Generator(1);
  return Array.from({ length: count }, (_, place) => ({ ...generator.event(), index: place + 1 }));
}

test('a killed recorder leaves everything up to its last commit', async (t) => {
  const path = traceFor(t);
  const committed = await killRecorder(path);
  t.true(committed >= 500);
  t.true(existsSync(`${path}-wal`));
  const reader = TraceReader.open(path);
  t.false(reader.complete);
  t.is(reader.end, undefined);
  t.deepEqual(reader.session, SESSION);
  t.true(reader.eventCount >= committed);
  t.deepEqual([...reader.events()], generated(reader.eventCount));
  t.deepEqual(reader.objects(), OBJECTS);
  reader.close();
});

test('what a killed recorder left can be read where nothing can be written', async (t) => {
  const folder = folderFor(t);
  const path = join(folder, 'a.trace');
  const committed = await killRecorder(path);
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, join(closed, `a.trace${suffix}`));
  chmodSync(closed, 0o555);
  chmodSync(folder, 0o755);
  const files = readdirSync(closed);
  const script = `import { TraceReader } from ${JSON.stringify(new URL('../../src/trace/index.js', import.meta.url).href)};
    const reader = TraceReader.open(${JSON.stringify(join(closed, 'a.trace'))});
    let events = 0;
    for (const event of reader.events()) events = event.index;
    reader.close();
    console.log(events);`;
  // The superuser may write everywhere, but not without capabilities(7).
  const powerless = process.getuid!() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [];
  const [program, ...args] = [...powerless, process.execPath, '--input-type=module', '-e', script];
  const run = spawnSync(program!, args, { encoding: 'utf8' });
  chmodSync(closed, 0o755);
  t.is(run.stderr, '');
  t.true(Number(run.stdout) >= committed);
  t.deepEqual(readdirSync(closed), files);
});

test('a trace can be read while it is written, and finished while it is read', (t) => {
  const path = traceFor(t);
  const writer = TraceWriter.create(path, {});
  writer.begin(SESSION);
  const first = writeGenerated(writer, 300);
  writer.commit();
  const reader = TraceReader.open(path);
  t.false(reader.complete);
  t.is(reader.eventCount, 300);
  const events = reader.events();
  t.deepEqual(events.next().value, first.events[0]);
  const generator = new Generator(2);
  for (let written = 0; written < 1000; written++) writer.append(generator.event());
  writer.commit();
  t.deepEqual([...events], first.events.slice(1));
  writer.finish(END);
  t.deepEqual([...reader.events()], first.events);
  reader.close();
  const finished = TraceReader.open(path);
  t.true(finished.complete);
  t.is([...finished.events()].length, 1300);
});

test('uncommitted events are not there yet', (t) => {
  const path = traceFor(t);
  const writer = TraceWriter.create(path, {});
  writer.begin(SESSION);
  writer.append(new Generator(1).event());
  t.is(TraceReader.open(path).eventCount, 0);
  writer.commit();
  t.is(TraceReader.open(path).eventCount, 1);
});

test('a closed but unfinished trace is incomplete', (t) => {
  const path = traceFor(t);
  const writer = TraceWriter.create(path, {});
  writer.begin(SESSION);
  const { events } = writeGenerated(writer, 100);
  writer.close();
  writer.close();
  t.like(readEverything(path), { end: undefined, events });
  t.deepEqual(readdirSync(dirname(path)), ['a.trace']);
});

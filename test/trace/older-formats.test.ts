/** Traces of older versions: the last portrace of version 4 recorded version-4.trace, of the guest version-4.c. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import SQLite from 'better-sqlite3';
import { hostFacts } from '../../src/tracee/index.js';
import { TraceReader } from '../../src/trace/index.js';
import { TABLES_OF_VERSION_2 } from '../../src/trace/schema.js';
import { CHECKOUT } from '../harness/folders.js';
import { portrace } from '../harness/portrace.js';
import { readEverything } from './recording.js';
import { traceFor } from './temporary.js';

/** Bytes. */
const RECORDED_XSTATE = 2432;

const VERSION_4 = join(CHECKOUT, 'test/trace/version-4.trace');

function copyOf(t: ExecutionContext): string {
  const path = traceFor(t);
  copyFileSync(VERSION_4, path);
  return path;
}

test('a trace of format version 4 is read: registers, calls, signals, points and times', (t) => {
  const reader = TraceReader.open(copyOf(t));
  const events = [...reader.events()];
  t.is(reader.formatVersion, 4);
  t.is(events.length, 32);
  t.deepEqual(events.flatMap(({ syscall }) => syscall?.stream ?? []), [1]);
  const signals = events.flatMap(({ signal }) => signal?.siginfo ?? []);
  t.deepEqual(signals.map((siginfo) => siginfo.length), signals.map(() => 128));
  t.deepEqual(
    signals.map((siginfo) => siginfo[0]),
    events.flatMap(({ signal }) => (signal?.siginfo ? signal.number : [])),
  );
  t.true(events.some(({ point }) => point !== undefined && point.words.length > 50 && point.pages.length > 1 && point.pages.every(({ address }) => address % 4096 === 0)));
  const times = events.map(({ time }) => time);
  t.deepEqual(times, [...times].sort((a, b) => a - b));
  const { duration } = reader.end!;
  t.true(times.at(-1)! <= duration && times.at(-1)! > duration / 2);
  reader.close();
});

test('a trace of format version 4 replays, every register and digest as it was, and reads in SQL as others do', async (t) => {
  const path = copyOf(t);
  const replay = await portrace(t, ['replay', '--verify', 'memory', path]);
  // It was recorded on a processor with AVX-512.
  if (hostFacts('').xstateSize === RECORDED_XSTATE) {
    t.is(replay.code, 0, replay.stderr);
    t.is(replay.stdout, 'as it was in version 4\n');
  } else {
    t.is(replay.code, 2, replay.stderr);
    t.regex(replay.stderr, /processor has 2432 bytes of extended state/);
  }
  const query = await portrace(t, ['query', path, 'SELECT sum(undescribed) AS u, sum(stream) AS s, max(time) > 1e6 AS t FROM events JOIN system_calls ON event = id', '--csv']);
  t.is(query.stdout, 'u,s,t\r\n0,1,1\r\n');
});

test('a trace of format version 1 is read: it lacks tables that are empty then', (t) => {
  const expected = readEverything(copyOf(t));
  const path = copyOf(t);
  const database = new SQLite(path);
  for (const { name } of TABLES_OF_VERSION_2) database.exec(`DROP TABLE ${name}`);
  database.pragma('user_version = 1');
  database.close();
  t.deepEqual(readEverything(path), expected);
  const reader = TraceReader.open(path);
  t.is(reader.formatVersion, 1);
  t.true(reader.summary().signals.size > 0);
  reader.close();
});

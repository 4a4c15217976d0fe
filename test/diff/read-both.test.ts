/** Long traces are read by two threads; that must not be seen. */
import Database from 'better-sqlite3';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { diffTraces, openTrace, type DiffReport, type OpenTrace } from '../../src/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { writeLongTrace } from '../harness/long-trace.js';

const EVENTS = 20_500;

function longTraces(t: ExecutionContext): { a: string; b: string } {
  const folder = temporaryFolder(t);
  const [a, b] = [join(folder, 'a.trace'), join(folder, 'b.trace')];
  writeLongTrace(a, { events: EVENTS, seed: 3 });
  t.true(writeLongTrace(b, { events: EVENTS, seed: 3, changeEvery: 2000 }) > 3);
  return { a, b };
}

function compared(a: string, b: string, use: (trace: OpenTrace) => OpenTrace): DiffReport {
  const [left, right] = [openTrace(a), openTrace(b)];
  try {
    return diffTraces(use(left), use(right));
  } finally {
    left.close();
    right.close();
  }
}

/** The same trace without saying where it lies, so that no other thread can read it. */
const nowhere = (trace: OpenTrace): OpenTrace => ({
  session: trace.session,
  complete: trace.complete,
  eventCount: trace.eventCount,
  events: (range) => trace.events(range),
  objects: () => trace.objects(),
  tasks: () => trace.tasks(),
});

test('two threads find what one finds, and what the other thread meets comes out here', (t) => {
  const { a, b } = longTraces(t);
  const report = compared(a, b, (trace) => trace);
  t.true(report.findings.length > 3);
  t.deepEqual(report, compared(a, b, nowhere));
  const database = new Database(b);
  database.prepare('UPDATE system_calls SET result = 7 WHERE event = ?').run(EVENTS - 100);
  database.close();
  t.throws(() => compared(a, b, (trace) => trace), { message: /^damaged trace: event \d+: its checksum is wrong/ });
});

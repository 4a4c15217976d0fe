/** An event's time is when it happened, also where no stop tells of it. */
import { join } from 'node:path';
import test from 'ava';
import { TraceReader } from '../../src/trace/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { record } from '../harness/portrace.js';

const SYS_SETITIMER = 38;
/** What the guest's timer takes. */
const TENTH = 100_000_000;
const ERESTARTSYS = -512n;

test("a tracer's wait that a signal interrupts ends when the signal comes", async (t) => {
  const trace = join(temporaryFolder(t), 'a.trace');
  const { code, stdout } = await record(t, trace, [guestProgram('interrupted-wait', { static: true })]);
  t.deepEqual({ code, stdout }, { code: 0, stdout: 'ok the wait was interrupted\n' });
  const reader = TraceReader.open(trace);
  const events = [...reader.events()];
  reader.close();
  const armed = events.find(({ syscall }) => syscall?.number === SYS_SETITIMER)!;
  const interrupted = events.find(({ kind, syscall }) => kind === 'leave' && syscall?.result === ERESTARTSYS)!;
  t.true(interrupted.time - armed.time > TENTH / 2);
  t.deepEqual(events.map(({ time }) => time), events.map(({ time }) => time).sort((a, b) => a - b));
});

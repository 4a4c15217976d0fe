/** Signals that tell that a descriptor is ready come as often as the timing of others has it. */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { diffTraces, openTrace, type OpenTrace, type TraceEvent } from '../../src/index.js';
import type { DiffOptions } from '../../src/diff/index.js';
import type { SignalDisposition } from '../../src/trace/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { record } from '../harness/portrace.js';

const [SIGIO, SIGUSR1, REAL_TIME] = [29, 10, 40];
const [POLL_IN, POLL_OUT, SI_USER] = [1, 2, 0];
const [RT_SIGRETURN, GETPID] = [15, 39];

type Short = Pick<TraceEvent, 'kind'> & Partial<TraceEvent>;

function signal(number: number, code: number, disposition: SignalDisposition = 'handler'): Short {
  const siginfo = new Uint8Array(128);
  new DataView(siginfo.buffer).setInt32(0, number, true);
  new DataView(siginfo.buffer).setInt32(8, code, true);
  return { kind: 'signal', signal: { number, disposition, synchronous: false, siginfo } };
}

const call = (number: number): Short => ({ kind: 'syscall', syscall: { number, arguments: [0n, 0n, 0n, 0n, 0n, 0n], result: 5n } });

/** A signal with a handler that makes these calls. */
const handled = (number: number, code: number, ...calls: number[]): Short[] => [signal(number, code), ...calls.map(call), call(RT_SIGRETURN)];

/** The trace with more events in its middle. */
function withEvents(trace: OpenTrace, more: readonly Short[]): OpenTrace {
  const events = [...trace.events()];
  const registers = events.findLast((event) => event.registers)!.registers!;
  const full = more.map((event) => ({ task: events[0]!.task, time: 0, inputs: [], effects: [], registers, ...event }) as unknown as TraceEvent);
  const all = [...events.slice(0, -2), ...full, ...events.slice(-2)].map((event, place) => ({ ...event, index: (place + 1) as TraceEvent['index'] }));
  return {
    session: trace.session,
    complete: true,
    eventCount: all.length,
    events: () => all.values(),
    objects: () => trace.objects(),
    tasks: () => trace.tasks(),
  };
}

async function compared(t: ExecutionContext, a: readonly Short[], b: readonly Short[], options?: DiffOptions): Promise<string[]> {
  const path = join(temporaryFolder(t), 'hello.trace');
  await record(t, path, [guestProgram('hello', { static: true })]);
  const trace = openTrace(path);
  t.teardown(() => trace.close());
  return diffTraces(withEvents(trace, a), withEvents(trace, b), options).findings.map(({ headline }) => headline);
}

test('how often they come, about which descriptor, and whether after the handler is gone, says nothing', async (t) => {
  const once = handled(SIGIO, POLL_IN, GETPID);
  t.deepEqual(await compared(t, once, [...once, ...handled(SIGIO, POLL_OUT, GETPID), ...once]), []);
  t.deepEqual(await compared(t, once, [...once, signal(SIGIO, POLL_OUT, 'ignored')]), []);
  t.deepEqual(await compared(t, handled(REAL_TIME, POLL_IN), [...handled(REAL_TIME, POLL_IN), ...handled(REAL_TIME, POLL_OUT)]), []);
});

test('one that never comes, and a handler that does something else, are told', async (t) => {
  t.is((await compared(t, handled(SIGIO, POLL_IN), [])).length, 1);
  t.is((await compared(t, handled(SIGIO, POLL_IN), [...handled(SIGIO, POLL_IN), ...handled(SIGIO, POLL_IN, GETPID)])).length, 1);
});

test('other signals count, and these where one asks for it', async (t) => {
  const twice = (number: number, code: number): Short[] => [...handled(number, code), ...handled(number, code)];
  t.is((await compared(t, handled(SIGUSR1, SI_USER), twice(SIGUSR1, SI_USER))).length, 1);
  t.is((await compared(t, handled(SIGIO, POLL_IN), twice(SIGIO, POLL_IN), { compare: ['io-signals'] })).length, 1);
});

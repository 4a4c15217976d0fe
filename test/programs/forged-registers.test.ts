/** Replay compares every register, far into a trace as at its start, and says which one differs. */
import { join } from 'node:path';
import test from 'ava';
import { Reg, REGISTER_NAMES, type Registers } from '../../src/base/registers.js';
import { replay } from '../../src/index.js';
import { TraceReader, type TraceEvent } from '../../src/trace/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { forgeTrace } from '../harness/forged-trace.js';
import { guestProgram } from '../harness/guests.js';
import { record } from '../harness/portrace.js';


function changed(registers: Registers, index: number): Registers {
  const copy = registers.clone();
  // The second lowest bit: the flag of it, always one, is no flag of debugging.
  copy.setLong(index, copy.long(index) ^ 2n);
  return copy;
}

test('another value of any register at an event is noticed at that event', async (t) => {
  const folder = temporaryFolder(t);
  const trace = join(folder, 'a.trace');
  await record(t, trace, [guestProgram('clock', { static: true })]);
  const reader = TraceReader.open(trace);
  const calls = [...reader.events()].filter(({ kind, point }) => kind === 'syscall' && !point);
  reader.close();
  t.true(calls.at(-3)!.index > 600);
  const [early, late] = [calls[20]!.index, calls.at(-3)!.index];
  for (const [at, names] of [[early, ['rax', 'rip', 'r15']], [late, REGISTER_NAMES]] as const) {
    for (const name of names) {
      const forged = join(folder, `${name}.trace`);
      const forge = (event: TraceEvent): TraceEvent =>
        event.index === at ? { ...event, registers: changed(event.registers!, Reg[name]) } : event;
      t.is(forgeTrace(trace, forged, forge), 1);
      const { divergence, events } = replay({ trace: forged });
      t.is(divergence?.event.index, at, name);
      t.is(events, at - 1);
      t.deepEqual(divergence?.differences.map(({ what }) => what), [name]);
      t.is(divergence?.before.at(-1)?.index, (at - 1) as never);
    }
  }
});

test('a call that its registers do not tell of is damage', async (t) => {
  const folder = temporaryFolder(t);
  const trace = join(folder, 'a.trace');
  await record(t, trace, [guestProgram('clock', { static: true })]);
  const forged = join(folder, 'forged.trace');
  let last = 0;
  for (const number of [0, 1, 5]) {
    forgeTrace(trace, forged, (event) => {
      if (event.kind !== 'syscall' || event.index !== 900) return event;
      last = event.index;
      const { syscall } = event;
      const words = syscall!.arguments.map((word, place) => (place === number ? word ^ 2n : word));
      return { ...event, syscall: { ...syscall!, arguments: words as never } };
    });
    t.is(last, 900);
    t.throws(() => replay({ trace: forged }), { message: /event 900: its call is not the one in its registers/ });
  }
});

/**
 * A trace that somebody changed: replay reports a divergence (1) or trouble (2), never success. Once
 * with bytes changed in the file, and once with every checksum made right again.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import SQLite from 'better-sqlite3';
import { temporaryFolder } from '../harness/folders.js';
import { forgeTrace, type Forgery } from '../harness/forged-trace.js';
import { guestProgram } from '../harness/guests.js';
import { record, replay } from '../harness/portrace.js';
import { TraceReader, type Effect, type TraceEvent } from '../../src/trace/index.js';

const READ = 0;
const WRITE = 1;
const CLOCK_GETTIME = 228;

async function recordedTrace(t: ExecutionContext, guest: string): Promise<{ folder: string; trace: string }> {
  const folder = temporaryFolder(t);
  const trace = join(folder, 'a.trace');
  const recorded = await record(t, trace, [guestProgram(guest, { static: true })]);
  t.is(recorded.code, 0, recorded.stderr);
  return { folder, trace };
}

const changes: Record<string, string> = {
  'a stored result': 'UPDATE system_calls SET result = result + 1 WHERE event = (SELECT max(event) - 3 FROM system_calls WHERE result IS NOT NULL)',
  'a memory write': "UPDATE memory_writes SET bytes = zeroblob(size + 1) WHERE id = (SELECT min(id) FROM memory_writes WHERE bytes IS NOT NULL AND size > 0)",
  'registers of an event': 'UPDATE events SET registers = (SELECT registers FROM events WHERE id = 3) WHERE id = 5',
  'a missing event': 'DELETE FROM events WHERE id = 5',
  'a missing call': 'DELETE FROM system_calls WHERE event = (SELECT max(event) FROM system_calls)',
  'a missing memory write': 'DELETE FROM memory_writes WHERE id = (SELECT max(id) FROM memory_writes)',
  'a missing end': 'DELETE FROM ending',
  'another address of a mapping': 'UPDATE mmap_events SET address = address + 4096 WHERE id = (SELECT max(id) FROM mmap_events)',
};

for (const [what, statement] of Object.entries(changes)) {
  test.serial(`changed in the file: ${what}`, async (t) => {
    const { folder, trace } = await recordedTrace(t, 'clock');
    const copy = join(folder, 'changed.trace');
    copyFileSync(trace, copy);
    const database = new SQLite(copy);
    t.is(database.prepare(statement).run().changes, 1);
    database.close();
    const replayed = await replay(t, copy);
    t.true([1, 2].includes(replayed.code), `${replayed.code}: ${replayed.stdout}`);
    t.not(replayed.stderr, '');
  });
}

/** Applies the change to the last event that it has something to change in. */
function lastOf(events: readonly TraceEvent[], change: Forgery): Forgery {
  const chosen = events.filter((event) => change(event) !== event).at(-1);
  return (event) => (event.index === chosen?.index ? change(event) : event);
}

function changedBytes(effect: Effect): Effect {
  if (effect.type !== 'memory' || effect.bytes.length === 0) return effect;
  return { ...effect, bytes: effect.bytes.map((byte) => byte ^ 1) };
}

const forgeries: Record<string, Forgery> = {
  // The guest prints what it was told, so another time shows.
  'what a call wrote': (event) => {
    if (event.syscall?.number !== CLOCK_GETTIME) return event;
    const effects = event.effects.map(changedBytes);
    return effects.some((effect, index) => effect !== event.effects[index]) ? { ...event, effects } : event;
  },
  'an event left out': (event) => (event.syscall?.number === WRITE ? undefined : event),
  'the number of a call': (event) =>
    event.syscall?.number === WRITE ? { ...event, syscall: { ...event.syscall, number: READ } } : event,
  'the arguments of a call': (event) => {
    if (event.syscall?.number !== WRITE) return event;
    const [fd, address, , ...others] = event.syscall.arguments;
    return { ...event, syscall: { ...event.syscall, arguments: [fd, address, 1n, ...others] as never } };
  },
  'what was written': (event) => {
    if (event.syscall?.number !== WRITE) return event;
    return { ...event, inputs: event.inputs.map((input) => ({ ...input, bytes: input.bytes.map((byte) => byte ^ 1) })) };
  },
  'the registers at a call': (event) => {
    if (event.syscall?.number !== WRITE || !event.registers) return event;
    const registers = event.registers.clone();
    registers.setNumber(5, registers.number(5) + 1);
    return { ...event, registers };
  },
};

for (const [what, forgery] of Object.entries(forgeries)) {
  test.serial(`forged with right checksums: ${what}`, async (t) => {
    const { folder, trace } = await recordedTrace(t, 'clock');
    const reader = TraceReader.open(trace);
    const events = [...reader.events()];
    reader.close();
    const forged = join(folder, 'forged.trace');
    t.is(forgeTrace(trace, forged, lastOf(events, forgery)), 1);
    const replayed = await replay(t, forged, { verify: 'memory' });
    t.true([1, 2].includes(replayed.code), `${replayed.code}: ${replayed.stdout}`);
    t.not(replayed.stderr, '');
  });
}

test.serial('a copy with nothing forged replays', async (t) => {
  const { folder, trace } = await recordedTrace(t, 'clock');
  const copy = join(folder, 'copy.trace');
  t.is(forgeTrace(trace, copy, (event) => event), 0);
  t.is((await replay(t, copy)).code, 0);
});

test.serial('a divergence names the event, the call, and what was expected', async (t) => {
  const { folder, trace } = await recordedTrace(t, 'hello');
  const forged = join(folder, 'forged.trace');
  forgeTrace(trace, forged, forgeries['the registers at a call']!);
  const replayed = await replay(t, forged);
  t.is(replayed.code, 1, replayed.stderr);
  t.regex(replayed.stderr, /event/i);
  t.regex(replayed.stderr, /write/);
  t.regex(replayed.stderr, /rbx/);
});

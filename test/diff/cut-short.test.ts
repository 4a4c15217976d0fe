import { join } from 'node:path';
import test from 'ava';
import { diffTraces, openTrace, type OpenTrace } from '../../src/index.js';
import { eventIndex } from '../../src/base/brands.js';
import { temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { record } from '../harness/portrace.js';

/** The beginning of a trace, as a killed recorder leaves it. */
function beginning(trace: OpenTrace, events: number): OpenTrace {
  return {
    session: trace.session,
    complete: false,
    eventCount: events,
    events: () => trace.events({ to: eventIndex(events) }),
    objects: () => trace.objects(),
    tasks: () => trace.tasks(),
  };
}

test('what lies behind the end of a trace that was cut short is no difference', async (t) => {
  const path = join(temporaryFolder(t), 'forks.trace');
  await record(t, path, [guestProgram('forks')]);
  const trace = openTrace(path);
  t.teardown(() => trace.close());
  for (const part of [0.2, 0.5, 0.9]) {
    const cut = beginning(trace, Math.floor(trace.eventCount * part));
    for (const report of [diffTraces(trace, cut), diffTraces(cut, trace)]) {
      t.deepEqual(report.findings.map(({ headline }) => headline), [], `${part}`);
      t.true(report.notes.some((note) => note.includes('was cut short')));
    }
  }
});

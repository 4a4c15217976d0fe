/**
 * Hosts whose processor neither makes rdtsc trap nor heeds debug registers, as in some virtual machines:
 * everything works by trap instructions, and traces go from one kind of host to the other.
 */
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { record, replay } from '../harness/portrace.js';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

const WITHOUT = { environment: { PORTRACE_WITHOUT: 'timestamp-traps,breakpoints' } };

for (const [name, variant] of [
  ['hello', {}],
  ['rdtsc', { static: true }],
  ['shared-code', {}],
  ['tsc-mode', {}],
  ['random-numbers', {}],
  ['stub-run', {}],
  ['timer-register', { static: true }],
  ['timer-heap', {}],
  ['timer-rewrite', {}],
  ['timer-rep', { static: true }],
  ['spin-jiffies', { static: true }],
] as const) {
  const session = guestSession(name, variant);
  test.serial(`${session.title}, by trap instructions alone`, async (t) => {
    await recordAndReplay(t, { ...session, ...WITHOUT }, 1);
  });
}

for (const name of ['rdtsc', 'shared-code', 'timer-stack'] as const) {
  const { title, command } = guestSession(name, { static: true });
  test.serial(`${title}: what one kind of host recorded replays on the other`, async (t) => {
    for (const [here, there] of [[WITHOUT, {}], [{}, WITHOUT]] as const) {
      const trace = join(temporaryFolder(t), 'session.trace');
      const recorded = await record(t, trace, command, here);
      t.is(recorded.code, 0, recorded.stderr);
      const replayed = await replay(t, trace, there);
      t.is(replayed.code, 0, replayed.stderr);
      t.is(replayed.stdout, recorded.stdout);
    }
  });
}

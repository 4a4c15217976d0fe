import test from 'ava';
import { MEMORY_GUESTS, PROCESS_GUESTS } from '../harness/guest-list.js';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

const REPLAYS = 3;

for (const name of [...PROCESS_GUESTS, ...MEMORY_GUESTS]) {
  for (const variant of [{ static: true }, { static: false }]) {
    const session = guestSession(name, variant);
    test.serial(`${session.title}: runs as natively and replays`, async (t) => {
      await recordAndReplay(t, session, REPLAYS);
    });
  }
}

test.serial('arguments reach the guest, also those that look like options', async (t) => {
  const args = ['-o', '--force', '', 'with blank', '--', 'ü\n'];
  const recorded = await recordAndReplay(t, guestSession('hello', {}, args), 1);
  t.deepEqual(recorded.stdout, `hello\n${args.map((arg, index) => `argument ${index + 1}: ${arg}\n`).join('')}`);
});

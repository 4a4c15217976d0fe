import test from 'ava';
import { CHANCE_GUESTS } from '../harness/guest-list.js';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

for (const name of CHANCE_GUESTS) {
  const session = guestSession(name);
  test.serial(`${session.title}: the replay prints the values of the recording`, async (t) => {
    const first = await recordAndReplay(t, session, 2);
    const second = await recordAndReplay(t, session, 1);
    t.not(second.stdout, first.stdout);
  });
}

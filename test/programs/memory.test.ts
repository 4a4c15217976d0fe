import test from 'ava';
import { BROAD_MEMORY_GUESTS } from '../harness/guest-list.js';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

for (const name of BROAD_MEMORY_GUESTS) {
  const session = guestSession(name);
  test.serial(`${session.title}: runs as natively and replays`, async (t) => {
    await recordAndReplay(t, session, 1);
  });
}

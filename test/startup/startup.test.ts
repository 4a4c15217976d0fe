import test from 'ava';
import { TRACING_GUESTS } from '../harness/guest-list.js';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

const REPLAYS = 2;

for (const name of TRACING_GUESTS) {
  for (const variant of [{ static: true }, { static: false }]) {
    const session = guestSession(name, variant);
    test.serial(`${session.title}: a tracing guest runs as natively and replays`, async (t) => {
      await recordAndReplay(t, session, REPLAYS);
    });
  }
}

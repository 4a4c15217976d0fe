import test from 'ava';
import { SIGNAL_VARIANTS } from '../harness/guest-list.js';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

const REPLAYS = 2;

for (const name of SIGNAL_VARIANTS) {
  for (const variant of [{ static: true }, { static: false }]) {
    const session = guestSession(name, variant);
    test.serial(`${session.title}: runs as natively and replays`, async (t) => {
      await recordAndReplay(t, session, REPLAYS);
    });
  }
}

import test from 'ava';
import { SIGNAL_VARIANTS } from '../harness/guest-list.js';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

// Static, which is quicker, and with shared libraries where these make a difference; the soak run has both of all.
const SESSIONS = [...SIGNAL_VARIANTS.map((name) => guestSession(name, { static: true })), guestSession('signal-frames')];

for (const session of SESSIONS) {
  test.serial(`${session.title}: runs as natively and replays`, async (t) => {
    await recordAndReplay(t, session, 1);
  });
}

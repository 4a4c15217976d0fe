import test from 'ava';
import { TRACING_GUESTS } from '../harness/guest-list.js';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

// Static, which is quicker, and one with shared libraries; the soak run has both of all.
const SESSIONS = [...TRACING_GUESTS.map((name) => guestSession(name, { static: true })), guestSession('stub-run')];

for (const session of SESSIONS) {
  test.serial(`${session.title}: a tracing guest runs as natively and replays`, async (t) => {
    await recordAndReplay(t, session, 1);
  });
}

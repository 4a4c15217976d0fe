import test from 'ava';
import { THREAD_VARIANTS } from '../harness/guest-list.js';
import { guestSession, recordAndReplay, scriptSession } from '../harness/sessions.js';

// Static, which is quicker, and with shared libraries where these make a difference; the soak run has both of all.
const SESSIONS = [...THREAD_VARIANTS.map((name) => guestSession(name, { static: true })), guestSession('robust-futexes')];

for (const session of SESSIONS) {
  test.serial(`${session.title}: runs as natively and replays`, async (t) => {
    await recordAndReplay(t, session, 1);
  });
}

const PROGRAMS = [
  ['/usr/bin/python3', 'threads.py'],
  [process.execPath, 'workers.mjs'],
  ['bash', 'parallel-sort.sh'],
] as const;

for (const [interpreter, name] of PROGRAMS) {
  test.serial(`${name}: runs as natively and replays`, async (t) => {
    await recordAndReplay(t, scriptSession(t, interpreter, name), 1);
  });
}

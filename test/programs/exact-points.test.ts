import test from 'ava';
import { EXACT_POINT_GUESTS } from '../harness/guest-list.js';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

// A replay that delivers a signal elsewhere prints other numbers. The soak run does a hundred.

/**
 * Its loops of short instructions at a low address leave replay no place for a jump, and some of its
 * points take minutes (docs/limits.md): the soak run has it.
 */
const TOO_LONG = 'timer-nested';

for (const name of EXACT_POINT_GUESTS.filter((each) => each !== TOO_LONG)) {
  const session = guestSession(name, { static: true });
  test.serial(`${session.title}: every signal and switch lands where it was recorded`, async (t) => {
    await recordAndReplay(t, session, 1);
  });
}

for (const name of ['timer-stack', 'timer-heap', 'spin-threads'] as const) {
  const session = guestSession(name);
  test.serial(`${session.title}: every signal and switch lands where it was recorded`, async (t) => {
    await recordAndReplay(t, session, 1);
  });
}

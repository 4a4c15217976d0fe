/** Signals and switches of threads land where they were recorded: a replay that puts one elsewhere prints other numbers. */
import test from 'ava';
import { EXACT_POINT_GUESTS } from '../harness/guest-list.js';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

/**
 * Its loops of short instructions at a low address leave replay no place for a jump, and some of its
 * points take minutes (docs/limits.md): the soak run has it.
 */
const TOO_LONG = 'timer-nested';

// One replay each, of static programs and a few with shared libraries; the soak run makes a hundred, of both.
const SESSIONS = [
  ...EXACT_POINT_GUESTS.filter((each) => each !== TOO_LONG).map((name) => guestSession(name, { static: true })),
  ...(['timer-stack', 'timer-heap', 'spin-threads'] as const).map((name) => guestSession(name)),
];

for (const session of SESSIONS) {
  test.serial(`${session.title}: every signal and switch lands where it was recorded`, async (t) => {
    await recordAndReplay(t, session, 1);
  });
}

/** Memory at nearly every event: what only a later event would show is found where it begins. */
import test from 'ava';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

/** Guests whose tasks share memory, and end or return while others run; one whose memory is not the same each time. */
const GUESTS = ['saved-state', 'waits', 'spawn-variants', 'seccomp-filters', 'robust-futexes', 'threads', 'share-files', 'interrupted-calls'];

for (const name of GUESTS) {
  test.serial(`${name}: memory is as it was at every third event`, async (t) => {
    await recordAndReplay(t, { ...guestSession(name, { static: true }), digestEvery: 3 }, 1);
  });
}

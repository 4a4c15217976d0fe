import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { MEMORY_GUESTS, PROCESS_GUESTS } from '../harness/guest-list.js';
import { assertReplays, record } from '../harness/portrace.js';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

// With shared libraries, and static where that makes a difference; the soak run has both of all.
const SESSIONS = [
  ...[...PROCESS_GUESTS, ...MEMORY_GUESTS].map((name) => guestSession(name)),
  ...(['hello', 'signals', 'threads', 'exec-chain', 'mmap-all'] as const).map((name) => guestSession(name, { static: true })),
];

for (const session of SESSIONS) {
  test.serial(`${session.title}: runs as natively and replays`, async (t) => {
    await recordAndReplay(t, session, 1);
  });
}

test.serial('calls that no recording can follow are answered as by a kernel without them', async (t) => {
  const trace = join(temporaryFolder(t), 'refused.trace');
  const recorded = await record(t, trace, guestSession('refused').command);
  t.is(
    recorded.stdout,
    'ok userfaultfd: ENOSYS\nok io_uring_setup: ENOSYS\nok memfd_secret: ENOSYS\nok pkey_alloc: ENOSPC\n' +
      'ok dispatch on: EINVAL\nok dispatch off: done\nok perf event with sigtrap: EINVAL\nok another prctl: done\n',
  );
  await assertReplays(t, trace, 1, recorded);
});

test.serial('arguments reach the guest, also those that look like options', async (t) => {
  const args = ['-o', '--force', '', 'with blank', '--', 'ü\n'];
  const recorded = await recordAndReplay(t, guestSession('hello', {}, args), 1);
  t.deepEqual(recorded.stdout, `hello\n${args.map((arg, index) => `argument ${index + 1}: ${arg}\n`).join('')}`);
});

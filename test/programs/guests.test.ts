import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { MEMORY_GUESTS, PROCESS_GUESTS } from '../harness/guest-list.js';
import { assertReplays, record } from '../harness/portrace.js';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

const REPLAYS = 2;

for (const name of [...PROCESS_GUESTS, ...MEMORY_GUESTS]) {
  for (const variant of [{ static: true }, { static: false }]) {
    const session = guestSession(name, variant);
    test.serial(`${session.title}: runs as natively and replays`, async (t) => {
      await recordAndReplay(t, session, REPLAYS);
    });
  }
}

test.serial('calls that no recording can follow are answered as by a kernel without them', async (t) => {
  const trace = join(temporaryFolder(t), 'refused.trace');
  const recorded = await record(t, trace, guestSession('refused').command);
  t.is(
    recorded.stdout,
    'ok userfaultfd: ENOSYS\nok io_uring_setup: ENOSYS\nok memfd_secret: ENOSYS\nok pkey_alloc: ENOSPC\n' +
      'ok dispatch on: EINVAL\nok dispatch off: done\nok another prctl: done\n',
  );
  await assertReplays(t, trace, REPLAYS, recorded);
});

test.serial('arguments reach the guest, also those that look like options', async (t) => {
  const args = ['-o', '--force', '', 'with blank', '--', 'ü\n'];
  const recorded = await recordAndReplay(t, guestSession('hello', {}, args), 1);
  t.deepEqual(recorded.stdout, `hello\n${args.map((arg, index) => `argument ${index + 1}: ${arg}\n`).join('')}`);
});

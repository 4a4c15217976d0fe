import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { IO_GUESTS } from '../harness/guest-list.js';
import { guestProgram } from '../harness/guests.js';
import { assertReplays, info, portraceCommand, record } from '../harness/portrace.js';
import { run } from '../harness/run.js';
import { guestSession, recordAndReplay } from '../harness/sessions.js';

for (const name of IO_GUESTS) {
  const session = guestSession(name);
  test.serial(`${session.title}: runs as natively and replays`, async (t) => {
    await recordAndReplay(t, session, 1);
  });
}

const NEWER = [{ name: 'syscall_1000', calls: 1 }];

test.serial('a number that the kernel does not know is recorded, counted and replayed', async (t) => {
  const trace = join(temporaryFolder(t), 'unknown.trace');
  const recorded = await record(t, trace, guestSession('newer-call').command);
  t.is(recorded.stdout, 'ok ENOSYS: as it was, as it was\nok -1\n');
  await assertReplays(t, trace, 1, recorded);
  t.deepEqual((await info(t, trace)).undescribed, NEWER);
});

test.serial('what a call of a newer kernel writes is found, recorded and replayed on this one', async (t) => {
  const trace = join(temporaryFolder(t), 'newer.trace');
  const kernel = guestProgram('newer-kernel');
  const guest = guestProgram('newer-call');
  const native = await run(t, [kernel, guest]);
  t.is(native.stdout, 'ok done: through a structure, directly\nok 77\n');
  const recorded = await run(t, [kernel, ...portraceCommand('record', '-o', trace, '--', guest)]);
  t.is(recorded.code, 0, recorded.stderr);
  t.is(recorded.stdout, native.stdout);
  await assertReplays(t, trace, 1, recorded);
  t.deepEqual((await info(t, trace)).undescribed, NEWER);
});

/** A long session of a User-Mode Linux kernel; in a file of its own, so that others run beside it. */
import test from 'ava';
import { assertReplays } from '../harness/portrace.js';
import { both } from '../harness/uml-both.js';
import { initOutput, okLines } from '../harness/uml.js';

test.serial('a session of commands, processes, crashes and tracing', async (t) => {
  const { trace, recorded } = await both(t, { init: 'session-init.sh', programs: ['crash', 'segv', 'signals'] });
  t.is(recorded.code, 0, recorded.stderr);
  t.notRegex(recorded.stdout, /^FAILED/m);
  t.is(okLines(recorded.stdout).at(-1), 'ok end', initOutput(recorded.stdout));
  await assertReplays(t, trace, 1, recorded);
});

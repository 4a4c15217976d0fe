import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { PROCESS_VARIANTS } from '../harness/guest-list.js';
import { portraceCommand, record } from '../harness/portrace.js';
import { run } from '../harness/run.js';
import { guestSession, recordAndReplay, scriptSession } from '../harness/sessions.js';

// Static, which is quicker, and with shared libraries where these make a difference; the soak run has both of all.
const SESSIONS = [...PROCESS_VARIANTS.map((name) => guestSession(name, { static: true })), guestSession('spawn-variants'), guestSession('namespaces')];

for (const session of SESSIONS) {
  test.serial(`${session.title}: runs as natively and replays`, async (t) => {
    await recordAndReplay(t, session, 1);
  });
}

const SCRIPTS = ['job-control.sh', 'make-program.sh', 'git-repository.sh', 'pack-files.sh'];

for (const name of SCRIPTS) {
  test.serial(`bash ${name}: runs as natively and replays`, async (t) => {
    await recordAndReplay(t, scriptSession(t, 'bash', name), 1);
  });
}

test.serial('a shell that bubblewrap keeps in namespaces of its own: runs as natively and replays', async (t) => {
  const { stdout } = await recordAndReplay(
    t,
    { title: 'bwrap', command: ['bwrap', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--unshare-all', '--new-session', '--die-with-parent', 'sh', '-c', 'echo pid $$; ls -d /proc/[0-9]* | wc -l; ! touch /usr/new 2> /dev/null'] },
    1,
  );
  t.is(stdout.split('\n')[0], 'pid 2');
});

// A bounding set without capabilities leaves root none either; who has no rights to begin with cannot take any away.
const WITHOUT_RIGHTS = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'] : [];

const POWERLESS = [['spawn-variants', 'a program by descriptor'], ['seccomp-filters', 'calls that become signals'], ['kernel-aio', 'a mapped file']] as const;

for (const [name, last] of POWERLESS) {
  test.serial(`portrace without any capability records and replays ${name}`, async (t) => {
    const trace = join(temporaryFolder(t), 'session.trace');
    const recorded = await run(t, [...WITHOUT_RIGHTS, ...portraceCommand('record', '-o', trace, '--', ...guestSession(name).command)]);
    t.is(recorded.code, 0, recorded.stderr);
    t.true(recorded.stdout.endsWith(`ok ${last}\n`), recorded.stdout);
    const replayed = await run(t, [...WITHOUT_RIGHTS, ...portraceCommand('replay', trace)]);
    t.is(replayed.code, 0, replayed.stderr);
    t.is(replayed.stdout, recorded.stdout);
  });
}

test.serial('two recordings at once do not disturb each other', async (t) => {
  const folder = temporaryFolder(t);
  const guest = guestSession('waits', { static: true }).command;
  const traces = ['one.trace', 'two.trace'].map((name) => join(folder, name));
  const recorded = await Promise.all(traces.map((trace) => record(t, trace, guest)));
  const replayed = await Promise.all(traces.map((trace) => run(t, portraceCommand('replay', trace))));
  for (const [i, finished] of recorded.entries()) {
    t.is(finished.code, 0, finished.stderr);
    t.is(replayed[i]!.code, 0, replayed[i]!.stderr);
    t.is(replayed[i]!.stdout, finished.stdout);
  }
});

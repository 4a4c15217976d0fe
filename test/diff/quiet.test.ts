/** Quiet on noise: two recordings of one guest on one host have no difference. `npm run soak:diff` does all guests, ten times. */
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { portrace, record } from '../harness/portrace.js';
import type { Scope } from '../harness/scope.js';
import { guestSession, type Session } from '../harness/sessions.js';

const SESSIONS: readonly Session[] = [
  guestSession('clock'),
  guestSession('signals', { static: true }),
  guestSession('forks'),
  guestSession('threads'),
  guestSession('exec-chain'),
  guestSession('timer-calls'),
  guestSession('mmap-all'),
  guestSession('stub-run'),
  guestSession('tracer-watch', { defines: ['STEADY'] }),
  { title: 'a pipeline', command: ['sh', '-c', 'date; ls -la /usr | sort | head -3; echo $$'] },
  { title: 'a script whose files have its pid', command: ['bash', '-c', 'cd "$(mktemp -d)"; seq 9 > list.$$; mkfifo queue.$$; cat list.$$; rm *.$$; ls'] },
];

async function differences(scope: Scope, session: Session): Promise<string> {
  const folder = temporaryFolder(scope);
  const traces = [join(folder, 'a.trace'), join(folder, 'b.trace')];
  for (const trace of traces) {
    const { code, stdout, stderr } = await record(scope, trace, session.command, session);
    if (code !== (session.code ?? 0)) throw new Error(`recording ended with ${code}: ${stdout}${stderr}`);
  }
  const compared = await portrace(scope, ['diff', ...traces]);
  return compared.code === 0 ? '' : `${compared.stdout}${compared.stderr}`;
}

for (const session of SESSIONS) test(`two recordings of ${session.title} do not differ`, async (t) => t.is(await differences(t, session), ''));

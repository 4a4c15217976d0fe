/**
 * Records and replays the guest list over and over and prints the tally: npm run soak -- [--records N]
 * [--replays N] [--digest-every EVENTS] [--only TEXT]. Exits with 1 when anything went otherwise than it should.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../harness/folders.js';
import { ALL_GUESTS } from '../harness/guest-list.js';
import { replay } from '../harness/portrace.js';
import type { Finished } from '../harness/run.js';
import { withScope, type Scope } from '../harness/scope.js';
import { guestSession, type Session } from '../harness/sessions.js';
import { choose, wholeNumber } from '../harness/tool-options.js';
import { initOutput, umlCommand } from '../harness/uml.js';
import { recordUml } from '../harness/uml-record.js';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '10' },
    replays: { type: 'string', default: '10' },
    'digest-every': { type: 'string' },
    only: { type: 'string', default: '' },
  },
});
const RECORDS = wholeNumber('soak', 'records', values.records);
const REPLAYS = wholeNumber('soak', 'replays', values.replays);
/** Few events between two digests find a divergence where it begins. */
const DIGEST_EVERY = values['digest-every'] === undefined ? {} : { digestEvery: wholeNumber('soak', 'digest-every', values['digest-every']) };

interface Tally {
  records: number;
  replays: number;
  failures: number;
}

const umlSession = (title: string, init: string, programs: readonly string[], code = 0): Session => ({
  title,
  command: umlCommand({ init, programs }),
  code,
});

/** Everything that ends by itself, the slow ones last. */
function sessions(): Session[] {
  return [
    ...ALL_GUESTS.flatMap((name) => [guestSession(name, { static: true }), guestSession(name)]),
    { title: 'ls -la /usr', command: ['ls', '-la', '/usr'] },
    { title: 'bash pipeline', command: ['bash', '-c', 'seq 1 1000 | grep 7 | sort -rn | head -n 3; (exit 3); echo $?'] },
    { title: 'python3', command: ['/usr/bin/python3', '-c', 'import json, hashlib; print(json.dumps([1, 2]), hashlib.md5(b"x").hexdigest())'] },
    umlSession('UML boot', 'boot-init.sh', []),
    umlSession('UML session', 'session-init.sh', ['crash', 'segv', 'signals']),
    umlSession('UML panic', '/nonexistent/init', [], 134),
  ];
}

/** One recording and its replays; prints what went wrong. */
async function round(scope: Scope, session: Session, tally: Tally): Promise<void> {
  const trace = join(temporaryFolder(scope), 'soak.trace');
  const fail = (what: string, finished: Finished): void => {
    tally.failures++;
    console.log(`FAILED ${session.title}: ${what}: exit code ${finished.code}\n${excerpt(finished)}`);
  };
  const recorded = await recordUml(scope, trace, session.command, { ...session, ...DIGEST_EVERY });
  tally.records++;
  if (recorded.code !== (session.code ?? 0) || /^FAILED/m.test(recorded.stdout)) return fail('recording', recorded);
  for (let number = 1; number <= REPLAYS; number++) {
    const replayed = await replay(scope, trace, number === 1 ? { verify: 'memory' } : {});
    tally.replays++;
    if (replayed.code !== 0) return fail(`replay ${number}`, replayed);
    if (replayed.stdout !== recorded.stdout || replayed.stderr !== recorded.stderr) return fail(`output of replay ${number}`, replayed);
  }
}

function excerpt({ stdout, stderr }: Finished): string {
  const told = initOutput(stdout) || stdout;
  return `${told.slice(-2000)}\n${stderr.slice(-4000)}`.trim();
}

let failures = 0;
for (const session of choose('soak', sessions(), ({ title }) => title, values.only)) {
  const tally: Tally = { records: 0, replays: 0, failures: 0 };
  const started = performance.now();
  for (let number = 0; number < RECORDS; number++) await withScope((scope) => round(scope, session, tally));
  failures += tally.failures;
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${tally.failures === 0 ? 'ok    ' : 'FAILED'} ${session.title}: ` +
      `${tally.records} recordings, ${tally.replays} replays, ${tally.failures} failures, ${seconds} s`,
  );
}
console.log(failures === 0 ? 'no divergence' : `${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;

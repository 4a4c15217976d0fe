/**
 * Records every guest again and again on this host and compares each recording with the one before:
 * `npm run soak:diff -- --pairs 10 --only TEXT`. Whatever it finds is noise, and fails.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { ALL_GUESTS } from '../harness/guest-list.js';
import { portrace } from '../harness/portrace.js';
import { withScope, type Scope } from '../harness/scope.js';
import { guestSession, type Session } from '../harness/sessions.js';
import { choose, wholeNumber } from '../harness/tool-options.js';
import { umlCommand } from '../harness/uml.js';
import { untilHalted } from '../harness/uml-record.js';

const { values } = parseArgs({ options: { pairs: { type: 'string', default: '10' }, only: { type: 'string', default: '' } } });
const pairs = wholeNumber('soak-diff', 'pairs', values.pairs);

const PIPELINES = ['date; seq 3 | tac', 'ls -la /usr | sort | head -3', 'for i in 1 2 3; do echo $i > /dev/null; done; cat /etc/passwd | wc -l'];

const sessions: readonly Session[] = [
  // What they print of the host's own choice is no noise of the comparison.
  ...ALL_GUESTS.map((name) => guestSession(name, { defines: ['STEADY'] })),
  ...ALL_GUESTS.map((name) => guestSession(name, { static: true, defines: ['STEADY'] })),
  ...PIPELINES.map((text): Session => ({ title: `sh -c ${text}`, command: ['sh', '-c', text] })),
  { title: 'uml boot-init.sh', command: umlCommand({ init: 'boot-init.sh' }) },
  // Not session-init.sh: what it writes depends on chance, as the order of the lines of `strace -f` does.
];

/** What a User-Mode Linux boot is known to differ in is no noise of the comparison. */
const expected = ({ title }: Session): string[] => (title.startsWith('uml') ? ['--expect', join(CHECKOUT, 'test/uml/known-differences.txt')] : []);

/** Records once more often than there are pairs; gives how many pairs were not the same. */
async function compareRecordings(scope: Scope, session: Session): Promise<number> {
  const folder = temporaryFolder(scope);
  const trace = (round: number): string => join(folder, `${round % 2}.trace`);
  let different = 0;
  for (let round = 0; round <= pairs; round++) {
    // A kernel that lost the race of its halt behaved otherwise.
    await untilHalted(() => portrace(scope, ['record', '--force', '-o', trace(round), '--', ...session.command], session));
    if (round === 0) continue;
    const compared = await portrace(scope, ['diff', trace(round - 1), trace(round), ...expected(session)]);
    if (compared.code === 0) continue;
    different++;
    process.stdout.write(`${session.title}, pair ${round} (exit ${compared.code}):\n${compared.stdout}${compared.stderr}\n`);
  }
  return different;
}

let failed = 0;
for (const session of choose('soak-diff', sessions, ({ title }) => title, values.only)) {
  const different = await withScope((scope) => compareRecordings(scope, session));
  process.stdout.write(`${different === 0 ? 'quiet' : 'NOISY'}  ${session.title}: ${pairs - different} of ${pairs} pairs\n`);
  if (different > 0) failed++;
}
process.stdout.write(failed === 0 ? 'all quiet\n' : `${failed} sessions are noisy\n`);
process.exitCode = failed === 0 ? 0 : 1;

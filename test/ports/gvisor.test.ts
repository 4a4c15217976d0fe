/** Recording inside gVisor, whose kernel lacks much of what a recorder asks for, and comparing with Linux. */
import test from 'ava';
import { join } from 'node:path';
import { temporaryFolder } from '../harness/folders.js';
import { info, portrace, portraceCommand } from '../harness/portrace.js';
import { run } from '../harness/run.js';
import { umlCommand } from '../harness/uml.js';
import { recordUml } from '../harness/uml-record.js';

const SANDBOX = ['runsc', '--network=none', '--platform=ptrace', 'do', '-force-overlay=false'];

interface Found {
  readonly headline: string;
  readonly subject: string;
  readonly consequences: readonly { readonly finding: { readonly headline: string } }[];
}

test.serial('the first difference of a User-Mode Linux kernel inside gVisor is the request that it dies of', async (t) => {
  const folder = temporaryFolder(t);
  const [linux, gvisor] = [join(folder, 'linux.trace'), join(folder, 'gvisor.trace')];
  const guest = umlCommand({ init: 'boot-init.sh' });
  t.is((await recordUml(t, linux, guest)).code, 0);
  const inside = await run(t, [...SANDBOX, ...portraceCommand('record', '-o', gvisor, '--', ...guest)]);
  t.is(inside.code, 1);
  t.regex(inside.stderr + inside.stdout, /PTRACE_OLDSETOPTIONS failed/);

  const { session } = (await info(t, gvisor)) as unknown as { session: { host: { missing: string[] } } };
  t.deepEqual(session.host.missing, ['exact points', 'fixed layout', 'time stamp counter']);
  const replayed = await portrace(t, ['replay', gvisor]);
  t.is(replayed.code, 2);
  t.regex(replayed.stderr, /^portrace: .*gave no exact points of signals.*can be shown and compared, not replayed\n$/);

  const compared = await portrace(t, ['diff', linux, gvisor, '--json']);
  t.is(compared.code, 1);
  const { findings } = JSON.parse(compared.stdout) as { findings: Found[] };
  t.is(findings[0]!.subject, 'ptrace');
  t.regex(findings[0]!.headline, /^ptrace\(PTRACE_OLDSETOPTIONS, .*\): 0 in A, EIO in B$/);
  t.true(findings[0]!.consequences.some(({ finding }) => finding.headline.includes('check_ptrace: PTRACE_OLDSETOPTIO')));
  t.true(findings.length < 15, `${findings.length} findings`);
});

test.serial('memory, threads and processes of a guest inside gVisor are recorded', async (t) => {
  const trace = join(temporaryFolder(t), 'a.trace');
  const script = 'x=$(seq 1 50 | sort -rn | head -n 1); echo "$x"; (exit 3); echo $?';
  const inside = await run(t, [...SANDBOX, ...portraceCommand('record', '-o', trace, '--', 'bash', '-c', script)]);
  t.is(inside.stdout, '50\n3\n', inside.stderr);
  const shown = await portrace(t, ['show', trace]);
  t.regex(shown.stdout, /write\(1, "50\\n", 3\) = 3/);
  t.regex(shown.stdout, /exited with 3/);
});

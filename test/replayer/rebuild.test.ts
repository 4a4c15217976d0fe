/** A trace replayed with another build of its program. */
import test, { type ExecutionContext } from 'ava';
import { join } from 'node:path';
import { temporaryFolder } from '../harness/folders.js';
import { guestProgram, type GuestVariant } from '../harness/guests.js';
import { portrace, record } from '../harness/portrace.js';

const VARIANTS: readonly GuestVariant[] = [{}, { static: true }];

/** Builds that ask the host for something else: the call of the recorded one, and the new one's. */
const OTHERS = [
  ['OTHER_TEXT', /write\(1, "ok started with 1 words\\n", 24\) -> write\(1, "ok started with 1 words!\\n", 25\)/],
  ['OTHER_FILE', /openat\(AT_FDCWD, "\/etc\/passwd", O_RDONLY\) -> openat\(AT_FDCWD, "\/etc\/group", O_RDONLY\)/],
  ['MORE', /-> getppid\(\)/],
  ['OTHER_STATUS', /exit_group\(3\) -> exit_group\(4\)/],
] as const;

/** Other builds of a guest that traces its children. */
const OTHER_TRACERS = [
  ['OTHER_REQUEST', /ptrace\(PTRACE_OLDSETOPTIONS, \d+, NULL, PTRACE_O_TRACESYSGOOD\) -> ptrace\(PTRACE_SETOPTIONS, /],
  ['OTHER_NUMBER', /ptrace\(PTRACE_POKEUSR, \d+, 0x78, 0x6e\) -> ptrace\(PTRACE_POKEUSR, \d+, 0x78, 0x6f\)/],
  ['OTHER_CHILD', /task 2: [^]*exit_group\(0\) -> exit_group\(4\)/],
] as const;

async function recorded(t: ExecutionContext, variant: GuestVariant, guest = 'rebuild'): Promise<{ trace: string; stdout: string }> {
  const trace = join(temporaryFolder(t), 'a.trace');
  const { code, stdout } = await record(t, trace, [guestProgram(guest, variant)]);
  t.is(code, 0, stdout);
  return { trace, stdout };
}

const title = (variant: GuestVariant): string => (variant.static ? 'static' : 'dynamic');

for (const variant of VARIANTS) {
  test.serial(`a build with everything elsewhere gets the recorded answers, ${title(variant)}`, async (t) => {
    const { trace, stdout } = await recorded(t, variant);
    for (const defines of [[], ['MOVED']]) {
      const replayed = await portrace(t, ['replay', trace, '--exe', guestProgram('rebuild', { ...variant, defines })]);
      t.is(replayed.code, 0, replayed.stderr);
      t.is(replayed.stdout, stdout);
    }
  });

  test.serial(`the first thing that a build asks otherwise is the report, ${title(variant)}`, async (t) => {
    const { trace } = await recorded(t, variant);
    for (const [name, report] of OTHERS) {
      const program = guestProgram('rebuild', { ...variant, defines: ['MOVED', name] });
      const replayed = await portrace(t, ['replay', trace, '--exe', program]);
      t.is(replayed.code, 1, name);
      t.regex(replayed.stderr, report);
      t.regex(replayed.stderr, /diverged at event \d+, task \d+: the new build does not ask for the same/);
    }
  });
}

test.serial('how often a build looks at the time is no difference, but told', async (t) => {
  const { trace, stdout } = await recorded(t, {});
  const more = await portrace(t, ['replay', trace, '--exe', guestProgram('rebuild', { defines: ['MOVED', 'MORE_TIME'] })]);
  t.is(more.code, 0, more.stderr);
  t.is(more.stdout, stdout);
  t.regex(more.stderr, /^portrace: (signals that came at another place among its instructions: [1-9]\d*; )?timer signals more than recorded: [1-9]\d*; clock reads that only this build made: 3, that only the recorded one made: 0\n$/);
  const less = await portrace(t, ['replay', trace, '--exe', guestProgram('rebuild', { defines: ['MOVED', 'LESS_TIME'] })]);
  t.is(less.code, 0, less.stderr);
  t.is(less.stdout, stdout);
  t.regex(less.stderr, /clock reads that only this build made: 0, that only the recorded one made: 2\n$/);
});

test.serial('what another build cannot be run through is refused in one line', async (t) => {
  const { trace } = await recorded(t, { static: true });
  const missing = await portrace(t, ['replay', trace, '--exe', '/no/such/program']);
  t.is(missing.code, 2);
  t.is(missing.stderr, 'portrace: /no/such/program: not found (--exe takes the path of a program)\n');
  const noProgram = await portrace(t, ['replay', trace, '--exe', trace]);
  t.is(noProgram.code, 2);
  t.is(noProgram.stderr.split('\n').length, 2);
  const execs = join(temporaryFolder(t), 'b.trace');
  t.is((await record(t, execs, [guestProgram('exec-chain', { static: true })])).code, 0);
  const refused = await portrace(t, ['replay', execs, '--exe', guestProgram('exec-chain', { static: true })]);
  t.is(refused.code, 2);
  t.regex(refused.stderr, /^portrace: --exe does not support the call execve \(see docs\/limits.md\)\n$/);
});

test.serial("a tracer's new build finds its own registers and memory in its tracees", async (t) => {
  for (const guest of ['startup-checks', 'stub-fork', 'segv']) {
    const { trace, stdout } = await recorded(t, {}, guest);
    const replayed = await portrace(t, ['replay', trace, '--exe', guestProgram(guest, { defines: ['MOVED'] })]);
    t.is(replayed.code, 0, `${guest}: ${replayed.stderr}`);
    t.is(replayed.stdout, stdout, guest);
  }
});

test.serial("what a tracer's new build asks otherwise is the report", async (t) => {
  const variant = { static: true };
  const { trace } = await recorded(t, variant, 'startup-checks');
  for (const [name, report] of OTHER_TRACERS) {
    const replayed = await portrace(t, ['replay', trace, '--exe', guestProgram('startup-checks', { ...variant, defines: ['MOVED', name] })]);
    t.is(replayed.code, 1, name);
    t.regex(replayed.stderr, report);
  }
});

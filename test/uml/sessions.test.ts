/** A User-Mode Linux kernel with its guest processes: as natively, and the same in every replay. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { StatReport } from '../../src/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { assertReplays, info, portrace, portraceCommand } from '../harness/portrace.js';
import { run } from '../harness/run.js';
import { dialogue, type Turn } from '../harness/terminal.js';
import { initOutput, okLines, umlCommand, UML_KERNEL } from '../harness/uml.js';
import { both } from '../harness/uml-both.js';
import { recordUml } from '../harness/uml-record.js';

test.serial('an ext4 image mounted, written, unmounted, and gone at replay', async (t) => {
  const folder = temporaryFolder(t);
  const image = join(folder, 'disk.img');
  const content = join(folder, 'content');
  const trace = join(folder, 'uml.trace');
  mkdirSync(content);
  writeFileSync(join(content, 'from-host'), 'from the host\n');
  const prepare = async (): Promise<void> => {
    const made = await run(t, ['/sbin/mkfs.ext4', '-q', '-F', '-d', content, image, '8M']);
    t.is(made.code, 0, made.stderr);
  };
  const recorded = await recordUml(t, trace, umlCommand({ init: 'disk-init.sh', arguments: [`ubd0=${image}`] }), { prepare });
  t.is(recorded.code, 0, recorded.stderr);
  t.is(okLines(recorded.stdout).at(-1), 'ok end', initOutput(recorded.stdout));
  t.is((await run(t, ['/sbin/e2fsck', '-f', '-n', image])).code, 0);
  t.is((await run(t, ['/sbin/debugfs', '-R', 'cat from-guest', image])).stdout, 'from the guest\n');
  const numbers = await run(t, ['/sbin/debugfs', '-R', 'cat folder/numbers', image]);
  t.is(numbers.stdout, Array.from({ length: 20000 }, (_, index) => `${index + 1}\n`).join(''));
  rmSync(image);
  await assertReplays(t, trace, 1, recorded);
  t.false(existsSync(image));
});

test.serial('the kernel and the init are gone at replay', async (t) => {
  const folder = temporaryFolder(t);
  const work = join(folder, 'work');
  const trace = join(folder, 'uml.trace');
  mkdirSync(work);
  const kernel = join(work, 'kernel');
  copyFileSync(UML_KERNEL, kernel);
  const [, ...args] = umlCommand({ init: 'boot-init.sh' });
  const recorded = await recordUml(t, trace, [kernel, ...args], { cwd: work });
  t.is(recorded.code, 0, recorded.stderr);
  t.deepEqual(okLines(recorded.stdout), ['ok Linux 6', 'ok ls']);
  rmSync(work, { recursive: true });
  await assertReplays(t, trace, 1, recorded);
  t.is((await info(t, trace))['complete'], true);
});

const SHELL_TURNS: readonly Turn[] = [
  { after: 'guest> ', send: 'echo $((6 * 7))\n' },
  { after: 'guest> ', send: 'cat /proc/1/comm | tr a-z A-Z\n' },
  { after: 'guest> ', send: 'tty\n' },
  { after: 'guest> ', send: 'sh -c "echo sta""rted; exec sleep 100"\n' },
  { after: 'started\r\n', send: '\x03' },
  { after: 'guest> ', send: 'echo status $?\n' },
  { after: 'guest> ', send: 'exit\n' },
];

/** A helper of the kernel complains of its terminal when it gets to it, before init starts or after. */
const withoutWinch = (stdout: string): string => initOutput(stdout).replace(/^winch_thread .*\n/gm, '');

test.serial('an interactive shell on a pseudo-terminal', async (t) => {
  const trace = join(temporaryFolder(t), 'uml.trace');
  const command = umlCommand({ init: 'shell-init.sh' });
  const recording = portraceCommand('record', '-o', trace, '--', ...command);
  const [native, recorded] = [
    await dialogue(t, command, SHELL_TURNS, { hideErrors: true }),
    await dialogue(t, recording, SHELL_TURNS, { hideErrors: true }),
  ];
  t.is(recorded.code, 0, recorded.stdout);
  t.is(withoutWinch(recorded.stdout), withoutWinch(native.stdout));
  t.regex(initOutput(recorded.stdout), /^42\n.*^SHELL-INIT.SH\n.*^\/dev\/tty0\n.*^status 130\n/ms);
  const replayed = await portrace(t, ['replay', trace]);
  t.is(replayed.code, 0, replayed.stderr);
  t.is(initOutput(replayed.stdout), initOutput(recorded.stdout));
});

test.serial('a guest that panics', async (t) => {
  // It leaves its control socket behind.
  const session = { init: '/nonexistent/init', arguments: [`uml_dir=${temporaryFolder(t)}/`] };
  const { trace, recorded } = await both(t, session);
  t.is(recorded.code, 134);
  t.regex(recorded.stdout, /Kernel panic - not syncing: Requested init \/nonexistent\/init failed/);
  await assertReplays(t, trace, 1, recorded);
});

/** The kernel traces its processes, and answers their calls: those are about none of its own files. */
async function assertCounted(t: ExecutionContext, trace: string): Promise<void> {
  const asked = await portrace(t, ['query', trace, '@ptrace-requests', '--csv']);
  t.regex(asked.stdout, /^PTRACE_SYSEMU,31,1,\d+,\d+\r$/m, asked.stderr);
  const intercepts = await portrace(t, ['query', trace, "SELECT events FROM events_by_kind WHERE kind = 'intercept'", '--json']);
  const { traces } = JSON.parse((await portrace(t, ['stat', trace, '--by', 'file', '--json'])).stdout) as StatReport;
  const answered = traces[0]!.rows.find(({ name }) => name === "(a guest tracer's)")!;
  t.is(answered.calls, (JSON.parse(intercepts.stdout) as { events: number }).events);
  t.true(answered.unreturned > 0);
}

test.serial('a guest that reboots', async (t) => {
  const marks = temporaryFolder(t);
  const session = { init: 'reboot-init.sh', arguments: [`MARKS=${marks}`] };
  const native = await run(t, umlCommand(session));
  t.is(native.code, 0);
  t.is(readFileSync(join(marks, 'rebooted'), 'utf8'), 'yes\n');
  const trace = join(temporaryFolder(t), 'uml.trace');
  const prepare = async (): Promise<void> => rmSync(join(marks, 'rebooted'), { force: true });
  const recorded = await recordUml(t, trace, umlCommand(session), { prepare });
  t.is(recorded.code, 0, recorded.stderr);
  for (const { stdout } of [native, recorded]) {
    t.is(stdout.split('\nRun ').length, 3, 'two boots');
    t.regex(stdout, /^ok first boot$/m);
    t.regex(stdout, /^ok second boot$/m);
  }
  await assertCounted(t, trace);
  rmSync(join(marks, 'rebooted'));
  await assertReplays(t, trace, 1, recorded);
  t.false(existsSync(join(marks, 'rebooted')));
});

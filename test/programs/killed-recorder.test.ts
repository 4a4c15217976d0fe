import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { info, portrace, replay, startRecording } from '../harness/portrace.js';
import { processesOf } from '../harness/processes.js';
import { umlCommand, UML_KERNEL } from '../harness/uml.js';
import type { Running } from '../harness/run.js';

/** Kills the recorder once the guest has printed so much, and gives what it printed by then. */
async function kill(recording: Running, isFarEnough: (stdout: string) => boolean): Promise<string> {
  await recording.output(isFarEnough);
  recording.signal('SIGKILL');
  // The output ends when its last holder is gone, so this waits for every guest process, too.
  const { stdout, code } = await recording.finished;
  if (code !== 137) throw new Error(`the recorder ended before it was killed: ${code}`);
  return stdout;
}

async function assertIncomplete(t: ExecutionContext, trace: string, stdout: string): Promise<void> {
  const facts = await info(t, trace);
  t.is(facts['complete'], false);
  const shown = await portrace(t, ['info', trace]);
  t.is(shown.code, 0);
  t.regex(shown.stdout, /incomplete|cut short/i);
  const replayed = await replay(t, trace);
  t.is(replayed.code, 0, replayed.stderr);
  t.true(stdout.startsWith(replayed.stdout), 'the replay prints the start of what was printed');
}

for (const rounds of [0, 3, 20]) {
  test.serial(`a recorder killed after ${rounds} rounds leaves a trace that replays, and no process`, async (t) => {
    const folder = temporaryFolder(t);
    const program = join(folder, 'guest');
    const trace = join(folder, 'a.trace');
    copyFileSync(guestProgram('steady', { static: true }), program);
    const recording = startRecording(t, trace, [program]);
    const stdout = await kill(recording, (output) => output.includes(rounds === 0 ? 'ok' : `ok round ${rounds},`));
    t.deepEqual(processesOf(program), []);
    await assertIncomplete(t, trace, stdout);
  });
}

test.serial('a recorder killed while a kernel boots leaves a trace that replays, and no process', async (t) => {
  const folder = temporaryFolder(t);
  const kernel = join(folder, 'kernel');
  copyFileSync(UML_KERNEL, kernel);
  const trace = join(folder, 'a.trace');
  const [, ...args] = umlCommand({ init: 'boot-init.sh', arguments: [`uml_dir=${folder}/`] });
  const recording = startRecording(t, trace, [kernel, ...args]);
  const stdout = await kill(recording, (output) => output.includes('raid6: int64x1'));
  t.deepEqual(processesOf(kernel), []);
  await assertIncomplete(t, trace, stdout);
});

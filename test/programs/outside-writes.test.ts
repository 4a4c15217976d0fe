/** Files that a guest has mapped, and that somebody else writes to while it runs. */
import { closeSync, openSync, truncateSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { assertReplays, startRecording } from '../harness/portrace.js';
import { start, type Finished, type Running } from '../harness/run.js';

const PAGE = 4096;

function writeAt(path: string, offset: number, text: string): void {
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, text, offset);
  closeSync(descriptor);
}

/** What is done to the file, and what the guest is told to do then. */
const TURNS: readonly { readonly change: (path: string) => void; readonly then: string }[] = [
  { change: (path) => writeAt(path, 4, 'part'), then: 'look' },
  { change: () => undefined, then: 'look' },
  { change: (path) => writeFileSync(path, 'all of it is other'), then: 'look' },
  { change: (path) => writeAt(path, PAGE, 'a second page'), then: 'look' },
  { change: (path) => truncateSync(path, 6), then: 'look' },
  { change: (path) => writeAt(path, PAGE + 3, 'beyond'), then: 'map' },
];

/** Has the guest go through all turns. */
async function play(guest: Running, path: string): Promise<Finished> {
  for (const [turn, { change, then }] of TURNS.entries()) {
    await guest.output((stdout) => stdout.includes(`${turn}: `) && stdout.endsWith('\n'));
    change(path);
    guest.write(`${then}\n`);
    if (then !== 'map') continue;
    await guest.output((stdout) => stdout.endsWith('unmapped\n'));
    writeAt(path, 0, 'while nobody looks');
    guest.write('on\n');
  }
  await guest.output((stdout) => stdout.includes(`${TURNS.length}: `) && stdout.endsWith('\n'));
  guest.endInput();
  return await guest.finished;
}

function freshFile(t: ExecutionContext): string {
  const path = join(temporaryFolder(t), 'file');
  writeFileSync(path, 'as it was first');
  return path;
}

test.serial('what others write to a mapped file is in the trace', async (t) => {
  const program = guestProgram('mapped-reader');
  const native = freshFile(t);
  const expected = await play(start(t, [program, native]), native);
  t.is(expected.code, 0, expected.stdout);
  t.regex(expected.stdout, /^6: private while nobody own while nobody shared while nobody second page \.\.\.beyond/m);

  const path = freshFile(t);
  const trace = join(temporaryFolder(t), 'a.trace');
  const recorded = await play(startRecording(t, trace, [program, path]), path);
  t.is(recorded.stdout, expected.stdout);
  unlinkSync(path);
  await assertReplays(t, trace, 2, recorded);
});

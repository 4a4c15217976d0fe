/** The command line. */
import { hideBin } from 'yargs/helpers';
import { Trouble } from '../base/errors.js';
import { WriterThread } from '../trace/writer-thread.js';
import { commandLine } from './command-line.js';
import { noteInheritedDescriptors } from './inherited.js';
import { wordsFor } from './words.js';

/** record leaves 0 … 124 to the guest, as env(1) and timeout(1) do. */
const RECORD_STATUS = { other: 125, 'guest-not-executable': 126, 'guest-not-found': 127 } as const;
const TROUBLE_STATUS = 2;

function exitStatus(error: unknown, recording: boolean): number {
  if (!recording) return TROUBLE_STATUS;
  const kind = error instanceof Trouble ? error.kind : 'other';
  return kind in RECORD_STATUS ? RECORD_STATUS[kind as keyof typeof RECORD_STATUS] : RECORD_STATUS.other;
}

/** One line for what a person can act on; everything else is a bug and keeps its stack. */
function report(error: unknown): void {
  if (error instanceof Trouble) process.stderr.write(`portrace: ${error.message}\n`);
  else process.stderr.write(`portrace: internal error, please report it: ${(error as Error).stack ?? String(error)}\n`);
}

async function main(): Promise<void> {
  const words = hideBin(process.argv);
  const recording = words[0] === 'record';
  if (recording) {
    noteInheritedDescriptors();
    WriterThread.prepare();
  }
  try {
    await (await commandLine(wordsFor(words))).parseAsync();
  } catch (error) {
    report(error);
    process.exitCode = exitStatus(error, recording);
  }
}

await main();

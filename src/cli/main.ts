/** The command line. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { Trouble } from '../base/errors.js';
import { PORTRACE_VERSION } from '../base/version.js';
import { diffCommand } from './diff.js';
import { exportCommand } from './export.js';
import { importCommand } from './import.js';
import { infoCommand } from './info.js';
import { mapsCommand } from './maps.js';
import { queryCommand } from './query.js';
import { markGuest, recordCommand } from './record.js';
import { replayCommand } from './replay.js';
import { reportCommand } from './report.js';
import { showCommand } from './show.js';
import { statCommand } from './stat.js';
import { testCommand } from './test.js';

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
  let words = hideBin(process.argv);
  const recording = words[0] === 'record';
  if (recording) words = markGuest(words);
  try {
    await yargs(words)
      .scriptName('portrace')
      .parserConfiguration({ 'populate--': true })
      .command(recordCommand)
      .command(replayCommand)
      .command(diffCommand)
      .command(infoCommand)
      .command(queryCommand)
      .command(statCommand)
      .command(importCommand)
      .command(exportCommand)
      .command(testCommand)
      .command(showCommand)
      .command(mapsCommand)
      .command(reportCommand)
      .demandCommand(1, 'say what to do: record, replay, diff, info, show, query, stat, maps, report, import, export or test (portrace --help tells more)')
      .recommendCommands()
      .strictCommands()
      .version(PORTRACE_VERSION)
      .help()
      .fail((message, error) => {
        // Where values are invalid, yargs writes a list.
        throw error ?? new Trouble('usage', message.replace(/\s*\n\s*/g, ' '));
      })
      .parseAsync();
  } catch (error) {
    report(error);
    process.exitCode = exitStatus(error, recording);
  }
}

await main();

/** `portrace replay`: re-executes a recorded guest. */
import type { CommandModule } from 'yargs';
import { eventIndex } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { replay } from '../replayer/index.js';
import { replayRebuild, type ReplayRebuildOptions } from '../replayer/rebuild/index.js';
import { showDivergence } from '../show/divergence.js';
import { Echo } from './echo.js';
import { LiveLine } from './live-line.js';

interface Arguments {
  readonly trace: string;
  readonly quiet: boolean;
  readonly to?: number | undefined;
  readonly verify: 'registers' | 'memory';
  readonly exe?: string | undefined;
}

/** Exit status: 0 the guest followed the trace, 1 it diverged. */
function runReplay({ trace, quiet, to, verify, exe }: Arguments): number {
  if (to !== undefined && !(Number.isSafeInteger(to) && to >= 1)) {
    throw new Trouble('usage', 'replay: --to takes the number of an event, from 1 on');
  }
  const line = new LiveLine();
  const echo = new Echo();
  const common: Omit<ReplayRebuildOptions, 'exe'> = {
    trace,
    ...(!quiet && {
      onOutput: (stream, bytes) => {
        line.clear();
        echo.write(stream, bytes);
      },
    }),
    ...(line.shown && {
      onProgress: ({ event, of }) => line.update(() => `replaying: event ${event} of ${of}`),
    }),
  };
  const result =
    exe === undefined ? replay({ ...common, verify, ...(to !== undefined && { to: eventIndex(to) }) }) : replayRebuild({ ...common, exe });
  line.clear();
  if (result.divergence) {
    process.stderr.write(showDivergence(result.divergence));
    return 1;
  }
  if (!result.complete && to === undefined) {
    process.stderr.write(`portrace: the trace is incomplete: replayed up to its last event, ${result.events}\n`);
  }
  return 0;
}

export const replayCommand: CommandModule<object, Arguments> = {
  command: 'replay <trace>',
  describe: 'Re-execute a recorded guest and compare it with its trace',
  builder: (yargs) =>
    yargs
      .positional('trace', { type: 'string', demandOption: true, describe: 'Trace file' })
      .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'Do not repeat what the guest wrote' })
      .option('to', { type: 'number', requiresArg: true, describe: 'Stop after this event' })
      .option('verify', {
        choices: ['registers', 'memory'] as const,
        default: 'registers' as const,
        describe: 'What is compared: registers at every event, or memory digests as well',
      })
      .option('exe', {
        type: 'string',
        requiresArg: true,
        conflicts: ['to'],
        describe: 'Run this other build of the program against the recorded session',
      })
      .example('portrace replay boot.trace', 'Replay; exit 0 when the guest followed the trace, 1 when not')
      .example('portrace replay --quiet --verify memory boot.trace', 'Compare memory too, print nothing')
      .strict() as never,
  handler: (args) => {
    process.exitCode = runReplay(args);
  },
};

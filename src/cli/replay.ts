/** `portrace replay`: re-executes a recorded guest. */
import type { CommandModule } from 'yargs';
import { eventIndex } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { replay, type ReplayResult } from '../replayer/index.js';
import { replayRebuild, type RebuildLatitude, type RebuildResult, type ReplayRebuildOptions } from '../replayer/rebuild/index.js';
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
  const result: ReplayResult & Partial<RebuildResult> =
    exe === undefined ? replay({ ...common, verify, ...(to !== undefined && { to: eventIndex(to) }) }) : replayRebuild({ ...common, exe });
  line.clear();
  if (result.divergence) process.stderr.write(showDivergence(result.divergence));
  if (result.latitude) tellLatitude(result.latitude);
  if (result.divergence) return 1;
  if (!result.complete && to === undefined) {
    process.stderr.write(`portrace: the trace is incomplete: replayed up to its last event, ${result.events}\n`);
  }
  return 0;
}

/** What another build did otherwise without asking the host for something else, but for the time. */
function tellLatitude({ movedSignals, extraSignals, moreClockReads, fewerClockReads }: RebuildLatitude): void {
  const clocks = `clock reads that only this build made: ${moreClockReads}, that only the recorded one made: ${fewerClockReads}`;
  const parts = [
    ...(movedSignals > 0 ? [`signals that came at another place among its instructions: ${movedSignals}`] : []),
    ...(extraSignals > 0 ? [`timer signals more than recorded: ${extraSignals}`] : []),
    ...(moreClockReads + fewerClockReads > 0 ? [clocks] : []),
  ];
  if (parts.length > 0) process.stderr.write(`portrace: ${parts.join('; ')}\n`);
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

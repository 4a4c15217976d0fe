/** `portrace record`: runs a guest and writes its trace. */
import { basename } from 'node:path';
import type { CommandModule } from 'yargs';
import { Trouble } from '../base/errors.js';
import { record } from '../recorder/index.js';
import { inheritedDescriptors } from './inherited.js';
import { LiveLine } from './live-line.js';

interface Arguments {
  readonly output?: string | undefined;
  readonly port?: string | undefined;
  readonly force: boolean;
  readonly digestEvery?: number | undefined;
  /** The guest and its arguments: what stands behind `--`. */
  readonly '--'?: readonly string[];
}

const MEBIBYTE = 1 << 20;

/** Exit status of a shell for a wait status: 128+N when signal N killed the process. */
export function shellStatus(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? (status >> 8) & 0xff : 128 + signal;
}

/** Records; answers the exit status of the command. */
function runRecord({ output, port, force, digestEvery, '--': words = [] }: Arguments): number {
  const [guest, ...args] = words.map(String);
  if (guest === undefined) {
    throw new Trouble('usage', 'record: no guest given; say portrace record [-o FILE] -- GUEST [ARG...]');
  }
  if (digestEvery !== undefined && !(Number.isSafeInteger(digestEvery) && digestEvery > 0)) {
    throw new Trouble('usage', 'record: --digest-every takes a number of events from 1 on');
  }
  const line = new LiveLine();
  try {
    const result = record({
      guest,
      arguments: args,
      output: output ?? `${basename(guest)}.trace`,
      force,
      descriptors: inheritedDescriptors(),
      ...(port !== undefined && { port }),
      ...(digestEvery !== undefined && { digestEvery }),
      ...(line.shown && {
        onProgress: ({ events, tasks, bytes }) =>
          line.update(() => `recording: ${events} events, ${tasks} tasks, ${(bytes / MEBIBYTE).toFixed(1)} MiB`),
      }),
    });
    return shellStatus(result.status);
  } finally {
    line.clear();
  }
}

export const recordCommand: CommandModule<object, Arguments> = {
  command: 'record',
  describe: 'Run a guest and record its session: record [options] [--] GUEST [ARG...]',
  builder: (yargs) =>
    yargs
      .usage('portrace record [-o FILE] [--port NAME] [--force] [--digest-every N] [--] GUEST [ARG...]')
      .option('output', { alias: 'o', type: 'string', requiresArg: true, describe: 'Trace file [default: GUEST.trace]' })
      .option('port', { type: 'string', requiresArg: true, describe: 'A label of the host port, kept in the trace' })
      .option('force', { type: 'boolean', default: false, describe: 'Replace an existing trace' })
      .option('digest-every', {
        type: 'number',
        requiresArg: true,
        describe: 'Events between digests of memory for replay --verify memory [default: 500, and at most 2 % of the time]',
      })
      .example('portrace record -- ls -l /usr', 'Record into ls.trace')
      .example('portrace record -o boot.trace -- linux.uml mem=128M init=/bin/true', 'Record a UML boot')
      .strictOptions() as never,
  handler: (args) => {
    process.exitCode = runRecord(args);
  },
};

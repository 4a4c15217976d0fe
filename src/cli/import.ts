/** `portrace import`: makes a trace of another tool's log. */
import type { CommandModule } from 'yargs';
import { importLog, type ImportResult } from '../importer/index.js';
import { visible } from '../show/visible.js';
import type { ImportTool } from '../trace/index.js';

interface Arguments {
  readonly log: string;
  readonly output: string;
  readonly port?: string | undefined;
  readonly force: boolean;
  readonly format?: ImportTool | undefined;
}

/** One line: what came of the log. */
function summaryOf({ tool, events, counts }: ImportResult): string {
  const { lines, badLines, firstBad } = counts;
  const bad = firstBad === undefined ? '' : `; ${badLines} not understood, the first is line ${firstBad.line}: ${firstBad.text}`;
  return `portrace: ${events} events from ${lines} lines of ${tool === 'gvisor' ? 'gVisor' : tool}${visible(bad)}`;
}

export const importCommand: CommandModule<object, Arguments> = {
  command: 'import <log>',
  describe: "Make a trace of strace's or gVisor's log, to show and to diff",
  builder: (yargs) =>
    yargs
      .positional('log', { type: 'string', demandOption: true, describe: 'Log file; a folder of gVisor logs; NAME for files NAME.PID of strace -ff' })
      .option('output', { alias: 'o', type: 'string', demandOption: true, requiresArg: true, describe: 'Trace file' })
      .option('port', { type: 'string', requiresArg: true, describe: 'A label of the host port, kept in the trace' })
      .option('force', { type: 'boolean', default: false, describe: 'Replace an existing trace' })
      .option('format', { choices: ['strace', 'gvisor'] as const, describe: 'The tool that wrote the log [default: found out]' })
      .example('strace -f -o ls.log ls; portrace import ls.log -o ls.trace', 'Make a trace of a log of strace')
      .strict() as never,
  handler: ({ log, output, port, force, format }) => {
    const result = importLog({ log, output, force, ...(port !== undefined && { port }), ...(format !== undefined && { format }) });
    process.stderr.write(`${summaryOf(result)}\n`);
  },
};

/** `portrace stat`: counts, errors, times and bytes of system calls. */
import type { CommandModule } from 'yargs';
import { showStat } from '../show/stat.js';
import { styleText } from '../show/style.js';
import { STAT_BY, statTraces, type StatBy, type StatReport } from '../stat/index.js';
import { TraceReader } from '../trace/index.js';
import { printPaged } from './pager.js';
import { print, wantsColour } from './standard-output.js';

interface Arguments {
  readonly traces: readonly string[];
  readonly by: StatBy;
  readonly json: boolean;
}

/** Prints the counts of one trace or several. Trouble('trace') where one cannot be read. */
async function stat({ traces, by, json }: Arguments): Promise<void> {
  const report = statFiles(traces, by);
  if (json) await print([JSON.stringify(report, null, 2)]);
  else await printPaged(showStat(report, styleText(wantsColour())));
}

function statFiles(paths: readonly string[], by: StatBy): StatReport {
  const readers: TraceReader[] = [];
  try {
    for (const path of paths) readers.push(TraceReader.open(path));
    return statTraces(readers, { by });
  } finally {
    for (const reader of readers) reader.close();
  }
}

export const statCommand: CommandModule<object, Arguments> = {
  command: 'stat <traces..>',
  describe: 'Count system calls, their errors, times and bytes, as strace -c does',
  builder: (yargs) =>
    yargs
      .usage('portrace stat TRACE... [--by task|call|file|errno|phase] [--json]')
      .positional('traces', { type: 'string', array: true, demandOption: true, describe: 'Trace files; several are shown next to each other' })
      .option('by', { choices: STAT_BY, default: 'call' as const, requiresArg: true, describe: 'What is counted together' })
      .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
      .example('portrace stat boot.trace', 'How often each call was made, how long it took at most, how often it failed')
      .example('portrace stat boot.trace --by file', 'The same for each file')
      .example('portrace stat linux.trace gvisor.trace --by phase', 'Where two recordings spend their time')
      .strict() as never,
  handler: stat,
};

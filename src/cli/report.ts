/** `portrace report`: a trace, or two side by side, as a page for a browser. */
import type { CommandModule } from 'yargs';
import { Trouble } from '../base/errors.js';
import { EVENTS_LISTED, reportHtml } from '../report/index.js';
import { TraceReader } from '../trace/index.js';
import { refuseExisting, writeOutput } from './output-file.js';

interface Arguments {
  readonly trace: string;
  readonly b?: string | undefined;
  readonly output: string;
  readonly events: number;
  readonly force: boolean;
}

/** Writes the page. Trouble('trace') where a trace cannot be read, 'storage' where the page cannot be written. */
function report({ trace, b, output, events, force }: Arguments): void {
  if (!Number.isSafeInteger(events) || events < 1) throw new Trouble('usage', 'report: --events takes a number from 1 on');
  if (output === '') throw new Trouble('usage', 'report: -o takes the name of one file');
  const traces = b === undefined ? [trace] : [trace, b];
  const target = { command: 'report', path: output, force, traces };
  refuseExisting(target);
  writeOutput(target, page(traces, events));
}

function page(paths: readonly string[], events: number): string {
  const readers: TraceReader[] = [];
  try {
    for (const path of paths) readers.push(TraceReader.open(path));
    return reportHtml(readers[0]!, readers[1], { events });
  } finally {
    for (const reader of readers) reader.close();
  }
}

export const reportCommand: CommandModule<object, Arguments> = {
  command: 'report <trace> [b]',
  describe: 'Write a page for a browser about a trace, or about two side by side',
  builder: (yargs) =>
    yargs
      .usage('portrace report TRACE [B] -o FILE [--events N] [--force]')
      .positional('trace', { type: 'string', demandOption: true, describe: 'Trace file' })
      .positional('b', { type: 'string', describe: 'Trace file to compare it with' })
      .option('output', { alias: 'o', type: 'string', demandOption: true, requiresArg: true, describe: 'The page to write' })
      .option('events', { type: 'number', default: EVENTS_LISTED, requiresArg: true, describe: 'How many events the page lists at most' })
      .option('force', { type: 'boolean', default: false, describe: 'Replace an existing page' })
      .example('portrace report boot.trace -o boot.html', 'Write boot.html, which a browser opens from disk')
      .example('portrace report linux.trace gvisor.trace -o both.html', 'The same of two recordings, with what is different')
      .strict() as never,
  handler: report,
};

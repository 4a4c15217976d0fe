/** `portrace export`: a trace in the format of another tool. */
import type { CommandModule } from 'yargs';
import { Trouble } from '../base/errors.js';
import type { OpenTrace } from '../diff/index.js';
import { BINARY_FORMATS, EXPORT_FORMATS, exportTrace, type ExportFormat } from '../export/index.js';
import { TraceReader, type EventRange, type TraceEvent } from '../trace/index.js';
import { noteImport } from './import-note.js';
import { LiveLine } from './live-line.js';
import { writeOutput } from './output-file.js';
import { printPieces } from './standard-output.js';

interface Arguments {
  readonly trace: string;
  readonly format: ExportFormat;
  readonly output?: string | undefined;
  readonly force: boolean;
  readonly task?: readonly number[] | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly label?: string | undefined;
}

/** Writes a file or to standard output. Trouble('trace') where the trace cannot be read, 'usage' for a bad selection, 'storage' for the file. */
async function exportFile({ trace, format, output, force, task, from, to, label }: Arguments): Promise<void> {
  if (output === '') throw new Trouble('usage', 'export: --output takes the name of one file');
  if (output === undefined && BINARY_FORMATS.has(format) && process.stdout.isTTY) {
    throw new Trouble('usage', `export: ${format} is no text for a terminal; say -o FILE, or send it on with a pipe`);
  }
  const line = new LiveLine();
  const reader = TraceReader.open(trace);
  try {
    // A line of progress would stand in the text where both are on one terminal.
    const read = output === undefined && process.stdout.isTTY ? reader : withProgress(reader, line);
    const pieces = exportTrace(read, { format, tasks: task, from, to, label });
    noteImport('export', reader);
    if (output === undefined) await printPieces(pieces);
    else writeOutput({ command: 'export', path: output, force, traces: [trace] }, pieces);
  } finally {
    line.clear();
    reader.close();
  }
}

/** The trace, telling how far it was read. */
function withProgress(reader: TraceReader, line: LiveLine): OpenTrace {
  if (!line.shown) return reader;
  const { path, session, complete, eventCount } = reader;
  return {
    path,
    session,
    complete,
    eventCount,
    objects: () => reader.objects(),
    tasks: () => reader.tasks(),
    *events(range?: EventRange): Iterable<TraceEvent> {
      for (const event of reader.events(range)) {
        line.update(() => `exporting: event ${event.index} of ${eventCount}`);
        yield event;
      }
    },
  };
}

export const exportCommand: CommandModule<object, Arguments> = {
  command: 'export <trace>',
  describe: 'Write a trace in the format of another tool',
  builder: (yargs) =>
    yargs
      .usage('portrace export TRACE --format perfetto|strace|jsonl|csv|parquet [-o FILE] [--force] [--task N...] [--from N] [--to N] [--label TEXT]')
      .positional('trace', { type: 'string', demandOption: true, describe: 'Trace file' })
      .option('format', { choices: EXPORT_FORMATS, demandOption: true, requiresArg: true, describe: 'What is written' })
      .option('output', { alias: 'o', type: 'string', requiresArg: true, describe: 'The file [default: standard output]' })
      .option('force', { type: 'boolean', default: false, describe: 'Replace an existing file' })
      .option('task', { type: 'number', array: true, requiresArg: true, describe: 'Only these tasks' })
      .option('from', { type: 'number', requiresArg: true, describe: 'First event' })
      .option('to', { type: 'number', requiresArg: true, describe: 'Last event' })
      .option('label', { type: 'string', requiresArg: true, describe: 'csv, parquet: what the column trace holds [default: the path of the trace]' })
      .example('portrace export boot.trace --format perfetto -o boot.pftrace', 'A timeline for ui.perfetto.dev')
      .example('portrace export boot.trace --format strace | grep openat', 'As strace would have written it')
      .example('portrace export boot.trace --format parquet -o boot.parquet', 'The calls as a table for DuckDB and others')
      .strict() as never,
  handler: exportFile,
};

/** `portrace info`: what a trace is about. */
import type { CommandModule } from 'yargs';
import { showInfo, traceInfo } from '../show/info.js';
import { signalName, syscallName } from '../syscalls/index.js';
import { TraceReader } from '../trace/index.js';
import { print } from './standard-output.js';

interface Arguments {
  readonly trace: string;
  readonly json: boolean;
}

/** Prints what is known of a trace. Trouble('trace') where it cannot be read. */
export async function info(path: string, options: { readonly json?: boolean } = {}): Promise<void> {
  const reader = TraceReader.open(path);
  try {
    const facts = traceInfo(path, reader, { call: syscallName, signal: signalName });
    await print(options.json ? [JSON.stringify(facts, null, 2)] : showInfo(facts, signalName));
  } finally {
    reader.close();
  }
}

export const infoCommand: CommandModule<object, Arguments> = {
  command: 'info <trace>',
  describe: 'Tell what a trace is about: command, host, tasks, calls, sizes',
  builder: (yargs) =>
    yargs
      .positional('trace', { type: 'string', demandOption: true, describe: 'Trace file' })
      .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
      .example('portrace info boot.trace', 'Show one page about boot.trace')
      .strict(),
  handler: ({ trace, json }) => info(trace, { json }),
};

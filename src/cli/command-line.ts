/** The commands of the command line, and what they have in common. */
import yargs, { type Argv, type CommandModule } from 'yargs';
import { Trouble } from '../base/errors.js';
import { PORTRACE_VERSION } from '../base/version.js';

type Command = CommandModule<object, never>;

/** In the order in which help names them. Each is loaded when it is wanted: all of them take longer than a small guest. */
const LOADERS: Readonly<Record<string, () => Promise<unknown>>> = {
  record: async () => (await import('./record.js')).recordCommand,
  replay: async () => (await import('./replay.js')).replayCommand,
  diff: async () => (await import('./diff.js')).diffCommand,
  info: async () => (await import('./info.js')).infoCommand,
  show: async () => (await import('./show.js')).showCommand,
  stat: async () => (await import('./stat.js')).statCommand,
  maps: async () => (await import('./maps.js')).mapsCommand,
  query: async () => (await import('./query.js')).queryCommand,
  report: async () => (await import('./report.js')).reportCommand,
  export: async () => (await import('./export.js')).exportCommand,
  import: async () => (await import('./import.js')).importCommand,
  test: async () => (await import('./test.js')).testCommand,
};

/** The words that run commands, in the order in which help names them. */
export const COMMAND_NAMES: readonly string[] = Object.keys(LOADERS);

/** The command that the words run, or all of them where they name none. */
function commandsFor([name = '']: readonly string[]): Promise<readonly Command[]> {
  const wanted = Object.hasOwn(LOADERS, name) ? [name] : COMMAND_NAMES;
  return Promise.all(wanted.map((each) => LOADERS[each]!())) as Promise<readonly Command[]>;
}

/** The command line, ready to be parsed. */
export async function commandLine(words: readonly string[]): Promise<Argv> {
  const commands = await commandsFor(words);
  const line: Argv = commands.reduce((line: Argv, command) => line.command(command) as Argv, yargs([...words]).scriptName('portrace'))
    .parserConfiguration({ 'populate--': true })
    .completion('completion', 'Print a script that lets bash or zsh complete commands and options')
    .demandCommand(1, `say what to do: ${COMMAND_NAMES.slice(0, -1).join(', ')} or ${COMMAND_NAMES.at(-1)!} (portrace --help tells more)`)
    .recommendCommands()
    .strictCommands()
    .version(PORTRACE_VERSION)
    .help()
    .check((given) => {
      const twice = givenTwice(given, line);
      if (twice !== undefined) throw new Trouble('usage', `${twice.length === 1 ? '-' : '--'}${twice} is given more than once; say it once`);
      return true;
    }, true)
    .fail((message, error) => {
      // Where values are invalid, yargs writes a list.
      if (error instanceof Error && error.name !== 'YError') throw error;
      throw new Trouble('usage', message.replace(/\s*\n\s*/g, ' '));
    });
  return line;
}

/** The first option that has several values and takes one: yargs makes a list of them. */
function givenTwice(given: Readonly<Record<string, unknown>>, line: Argv): string | undefined {
  const { array, boolean, count } = (line as unknown as { getOptions(): Readonly<Record<'array' | 'boolean' | 'count', readonly string[]>> }).getOptions();
  const names = ['_', '--', ...array, ...boolean, ...count];
  // yargs gives `trace-path` as `tracePath`, too.
  const lists = new Set([...names, ...names.map((name) => name.replace(/(?<=\w)-(\w)/g, (_, letter: string) => letter.toUpperCase()))]);
  return Object.keys(given).find((name) => Array.isArray(given[name]) && !lists.has(name));
}

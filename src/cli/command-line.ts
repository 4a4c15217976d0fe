/** The commands of the command line, and what they have in common. */
import yargs, { type Argv, type CommandModule } from 'yargs';
import { Trouble } from '../base/errors.js';
import { PORTRACE_VERSION } from '../base/version.js';
import { diffCommand } from './diff.js';
import { exportCommand } from './export.js';
import { importCommand } from './import.js';
import { infoCommand } from './info.js';
import { mapsCommand } from './maps.js';
import { queryCommand } from './query.js';
import { recordCommand } from './record.js';
import { replayCommand } from './replay.js';
import { reportCommand } from './report.js';
import { showCommand } from './show.js';
import { statCommand } from './stat.js';
import { testCommand } from './test.js';

/** In the order in which help names them. */
export const COMMANDS: readonly CommandModule<object, never>[] = [
  recordCommand, replayCommand, diffCommand, infoCommand, showCommand, statCommand, mapsCommand, queryCommand, reportCommand,
  exportCommand, importCommand, testCommand,
] as never;

/** The word that runs a command. */
export const nameOf = ({ command }: CommandModule<object, never>): string => String(command).split(' ')[0]!;

/** The words without `--`, behind which none is an option: yargs would not take what stands there for files. */
export function plainWords(words: readonly string[]): string[] {
  const at = words.indexOf('--');
  // What begins with an option is no command: a shell asks for completions with the words that it has.
  if (at < 0 || words[0]!.startsWith('-')) return [...words];
  return [...words.slice(0, at), ...words.slice(at + 1).map((word) => (word.startsWith('-') ? `./${word}` : word))];
}

/** The command line, ready to be parsed. */
export function commandLine(words: readonly string[] = []): Argv {
  const names = COMMANDS.map(nameOf);
  const line: Argv = COMMANDS.reduce((line: Argv, command) => line.command(command) as Argv, yargs([...words]).scriptName('portrace'))
    .parserConfiguration({ 'populate--': true })
    .completion('completion', 'Print a script that lets bash or zsh complete commands and options')
    .demandCommand(1, `say what to do: ${names.slice(0, -1).join(', ')} or ${names.at(-1)!} (portrace --help tells more)`)
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

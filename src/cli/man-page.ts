/** The manual page, made of what `--help` says. */
import { PORTRACE_VERSION } from '../base/version.js';
import { COMMAND_NAMES, commandLine } from './command-line.js';

/** Columns of a terminal, less the indentation of man(1). */
const WIDTH = 92;

const EXIT_STATUS = `0 as asked; replay: the same to the end; diff: no difference; test: all cases pass.
1 replay: a divergence; diff: differences; test: a case fails.
2 trouble, told in one line.
record ends as its guest does (128+N where signal N killed it), or with 125 for trouble of its own, 126 where the guest
cannot be executed, 127 where it is not found.`;

const ENVIRONMENT: readonly (readonly [name: string, text: string])[] = [
  ['PAGER', 'Shows what show, diff, info, maps and stat print on a terminal; less where it is not set.'],
  ['NO_COLOR', 'No colours, whatever its value.'],
];

/** The page in roff, man(7). */
export async function manPage(): Promise<string> {
  const helps: (readonly [name: string, help: string])[] = [];
  for (const name of COMMAND_NAMES) helps.push([name, await helpOf(name)]);
  return [
    `.TH PORTRACE 1 "" "portrace ${PORTRACE_VERSION}" "User Commands"`,
    '.SH NAME',
    "portrace \\- record a guest's system calls, replay them deterministically, compare host ports",
    '.SH SYNOPSIS',
    ...verbatim(helps.map(([, help]) => help.split('\n\n')[0]!).join('\n')),
    '.SH COMMANDS',
    ...helps.flatMap(([name, help]) => [`.SS ${name}`, ...verbatim(help)]),
    '.SH EXIT STATUS',
    ...verbatim(EXIT_STATUS),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, text]) => ['.TP', `.B ${name}`, roff(text)]),
    '.SH SEE ALSO',
    '.BR strace (1),',
    '.BR ptrace (2)',
    '',
  ].join('\n');
}

async function helpOf(name: string): Promise<string> {
  let help = '';
  const words = [name, '--help'];
  await (await commandLine(words)).wrap(WIDTH).parseAsync(words, {}, (_error, _given, output) => {
    help = output;
  });
  return help;
}

const verbatim = (text: string): string[] => ['.nf', ...text.trimEnd().split('\n').map(roff), '.fi'];

/** A line as it is: man(7) takes a backslash, and a dot or an apostrophe at the beginning, for its own. */
const roff = (line: string): string => line.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&');

/** Programs on a pseudo-terminal, driven by what they print. */
import { start, type Finished, type RunOptions } from './run.js';
import type { Scope } from './scope.js';

/** One turn of a dialogue: wait until the text is printed (after the turn before), then type. */
export interface Turn {
  readonly after: string;
  readonly send: string;
}

const QUOTE = "'";

function quoted(word: string): string {
  return `${QUOTE}${word.replaceAll(QUOTE, `'\\''`)}${QUOTE}`;
}

/**
 * Runs a command on a pseudo-terminal of its own, made by script(1), and types the turns. The
 * standard output of the result is what the terminal showed; standard error goes there, too, unless
 * it is hidden.
 */
export async function dialogue(
  scope: Scope,
  command: readonly string[],
  turns: readonly Turn[],
  options: RunOptions & { readonly hideErrors?: boolean } = {},
): Promise<Finished> {
  // exec: a shell that stays would get Ctrl-C as well, and end as it likes.
  const line = `exec ${command.map(quoted).join(' ')}${options.hideErrors ? ' 2> /dev/null' : ''}`;
  const terminal = start(scope, ['script', '--quiet', '--return', '--flush', '--command', line, '/dev/null'], options);
  let seen = 0;
  for (const { after, send } of turns) {
    await terminal.output((stdout) => stdout.includes(after, seen));
    seen = terminal.stdout.indexOf(after, seen) + after.length;
    terminal.write(send);
  }
  const finished = await terminal.finished;
  terminal.endInput();
  return finished;
}

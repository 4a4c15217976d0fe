/** What a log of strace tells of the program that it began with. */
import type { Specification } from './gvisor-specification.js';
import { understood } from './cursor.js';
import { straceEvent, straceLine } from './strace-lines.js';
import type { StraceLog } from './strace.js';
import type { Value } from './value.js';

const ENDING_IN_CUT = '...';

/** Undefined where the log does not begin with a program, as of `strace -p`. */
export function firstProgram(logs: readonly StraceLog[]): Specification | undefined {
  for (const { file } of logs) {
    for (const { text } of file.lines()) {
      const { rest } = straceLine(text);
      if (!rest.startsWith('execve(')) break;
      return programOf(rest);
    }
  }
  return undefined;
}

function programOf(rest: string): Specification | undefined {
  const event = understood(() => straceEvent(rest));
  if (event?.type !== 'call') return undefined;
  const [, words, environment] = event.call.arguments.map(({ value }) => value);
  return { arguments: texts(words), environment: texts(environment), workingFolder: 'unknown' };
}

function texts(value: Value | undefined): string[] {
  if (value?.type !== 'list') return [];
  return value.items.flatMap((item) => (item.type === 'string' ? [Buffer.from(item.bytes).toString('utf8') + (item.cut ? ENDING_IN_CUT : '')] : []));
}

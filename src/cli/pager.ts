/** A long text on a terminal, through the reader's pager, as git(1) does it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { print } from './standard-output.js';

/** less: end at once where one screen is enough, leave colours as they are, do not clear the screen. */
const LESS = 'FRX';
/** What a shell says of a command that it does not find (POSIX, 2.8.2). */
const NOT_FOUND = 127;

/** Prints lines: into a pager where standard output is a terminal, and $PAGER is not empty or `cat`. */
export async function printPaged(lines: readonly string[]): Promise<void> {
  const pager = process.env.PAGER ?? 'less';
  if (!process.stdout.isTTY || pager === '' || pager === 'cat') return print(lines);
  const child = spawn('sh', ['-c', pager], { stdio: ['pipe', 'inherit', 'inherit'], env: { LESS, ...process.env } });
  // Who has read enough goes away, and that is no error; nor is a shell that does not start.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === NOT_FOUND || child.pid === undefined) await print(lines);
}

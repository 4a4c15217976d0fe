/** A long text on a terminal, through the reader's pager, as git(1) does it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { inPieces } from '../base/pieces.js';
import { print } from './standard-output.js';

/** less: end at once where one screen is enough, leave colours as they are, do not clear the screen. */
const LESS = 'FRX';
/** What a shell says of a command that it does not find (POSIX, 2.8.2). */
const NOT_FOUND = 127;

/**
 * Prints lines: into a pager where standard output is a terminal, and $PAGER is not empty or `cat`.
 * They are gone through once more where the pager does not start.
 */
export async function printPaged(lines: Iterable<string>): Promise<void> {
  const pager = process.env.PAGER ?? 'less';
  if (!process.stdout.isTTY || pager === '' || pager === 'cat') return print(lines);
  const child = spawn('sh', ['-c', pager], { stdio: ['pipe', 'inherit', 'inherit'], env: { LESS, ...process.env } });
  // A shell that does not start is no error.
  child.on('error', () => undefined);
  const closed = once(child, 'close') as Promise<[number | null]>;
  const failure = await pipeline(Readable.from(inPieces(lines)), child.stdin).catch((error: unknown) => error);
  const [code] = await closed;
  if (code === NOT_FOUND || child.pid === undefined) return print(lines);
  if (failure !== undefined && !isGoneReader(failure)) throw failure;
}

/** Who has read enough goes away, and that is no error. */
const isGoneReader = (error: unknown): boolean => GONE.has((error as { code?: string }).code ?? '');

const GONE: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']);

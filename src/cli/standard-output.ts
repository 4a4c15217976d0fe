/** Printing to standard output: at the pace of who reads, and quietly when they stop. */
import { once } from 'node:events';
import { Trouble } from '../base/errors.js';
import { inPieces } from '../base/pieces.js';

/** Prints lines, as `printPieces` does. */
export const print = (lines: Iterable<string>): Promise<void> => printPieces(inPieces(lines));

/**
 * Prints text or bytes as fast as whoever reads them takes them. When they go away (`| head`), it stops
 * and that is no error. Throws Trouble('storage') where it cannot be written otherwise.
 */
export async function printPieces(pieces: Iterable<string | Uint8Array>): Promise<void> {
  const { stdout } = process;
  // Without a listener the error of a broken pipe would end the process.
  let failure: NodeJS.ErrnoException | undefined;
  const onError = (error: Error): void => void (failure = error);
  stdout.on('error', onError);
  try {
    for (const piece of pieces) {
      if (failure !== undefined) break;
      if (!stdout.write(piece)) await once(stdout, 'drain');
    }
    await new Promise<void>((done) => stdout.write('', () => done()));
  } catch (error) {
    // `once` passes on what the listener got as well; everything else went wrong with the pieces.
    if (error !== failure) throw error;
  } finally {
    stdout.off('error', onError);
  }
  if (failure !== undefined && failure.code !== 'EPIPE') throw new Trouble('storage', `cannot write to standard output: ${failure.message}`, { cause: failure });
}

/** Whether who reads sees colours; no-color.org */
export const wantsColour = (): boolean => process.stdout.isTTY && !process.env.NO_COLOR;

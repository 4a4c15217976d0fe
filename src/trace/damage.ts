/** The error for a trace that does not hold together. */
import { Trouble } from '../base/errors.js';

/** Something in a trace is not what its recorder wrote; `reading` says where and what to do. */
export class Damage extends Error {
  override readonly name = 'Damage';
}

/** Runs a read of the named part; whatever fails in it becomes one Trouble('trace'). */
export function reading<Result>(part: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof Trouble) throw error;
    const what = error instanceof Error ? error.message : String(error);
    throw new Trouble(
      'trace',
      `damaged trace: ${part}: ${what}; take another copy of the file or record again`,
      { cause: error },
    );
  }
}

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
    throw error instanceof Trouble ? error : damaged(part, error);
  }
}

/** What to throw for a read of the named part that failed. */
export function damaged(part: string, error: unknown): Trouble {
  const what = error instanceof Error ? error.message : String(error);
  return new Trouble(
    'trace',
    `damaged trace: ${part}: ${what}; take another copy of the file or record again`,
    { cause: error },
  );
}

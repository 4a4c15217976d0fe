/** Errors of SQLite and of the file system, as troubles with the trace. */
import { Trouble } from '../base/errors.js';

const STORAGE_CODES: readonly (readonly [start: string, reason: string])[] = [
  ['SQLITE_FULL', 'no space is left on the device'],
  ['SQLITE_READONLY', 'no permission to write there'],
  ['SQLITE_CANTOPEN', 'it cannot be opened'],
  ['SQLITE_IOERR', 'writing failed'],
  ['SQLITE_BUSY', 'another process is using it'],
  ['SQLITE_CORRUPT', 'another process changed it'],
];

/** Runs a write; a failure of SQLite about storage becomes Trouble('storage'). */
export function storing<Result>(path: string, store: () => Result): Result {
  try {
    return store();
  } catch (error) {
    const code = String((error as { code?: string }).code);
    const known = STORAGE_CODES.find(([start]) => code.startsWith(start));
    if (known === undefined) throw error;
    const kept = 'what was committed before is kept';
    throw new Trouble('storage', `cannot write ${path}: ${known[1]} (${code}); ${kept}`, {
      cause: error,
    });
  }
}

/** Files that a command writes beside what it prints. */
import { closeSync, fstatSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { Trouble } from '../base/errors.js';

export interface OutputFile {
  /** The command, for messages. */
  readonly command: string;
  readonly path: string;
  /** Replaces what is there. */
  readonly force: boolean;
}

/**
 * Writes a file that is whole or not there, piece by piece where there are several. Throws Trouble('storage') where it
 * exists, without `force`, or cannot be written, and what making the pieces throws.
 */
export function writeOutput({ command, path, force }: OutputFile, content: string | Iterable<string | Uint8Array>): void {
  const writing = <Result>(step: () => Result): Result => {
    try {
      return step();
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
      const why = exists ? 'it exists; give another name, or --force to replace it' : (error as Error).message;
      throw new Trouble('storage', `${command}: cannot write ${path}: ${why}`, { cause: error });
    }
  };
  const file = writing(() => openSync(path, force ? 'w' : 'wx'));
  try {
    for (const piece of typeof content === 'string' ? [content] : content) writing(() => writeFileSync(file, piece));
  } catch (error) {
    // A device stays.
    if (fstatSync(file).isFile()) rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

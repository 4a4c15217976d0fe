/** Files that a command writes beside what it prints. */
import { closeSync, existsSync, fstatSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { Trouble } from '../base/errors.js';

export interface OutputFile {
  /** The command, for messages. */
  readonly command: string;
  readonly path: string;
  /** Replaces what is there. */
  readonly force: boolean;
}

/** For what takes long to make: throws what `writeOutput` would throw for a file that exists. */
export function refuseExisting({ command, path, force }: OutputFile): void {
  if (!force && existsSync(path)) throw cannotWrite(command, path, EXISTS);
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
      throw cannotWrite(command, path, exists ? EXISTS : (error as Error).message, error);
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

const EXISTS = 'it exists; give another name, or --force to replace it';

const cannotWrite = (command: string, path: string, why: string, cause?: unknown): Trouble =>
  new Trouble('storage', `${command}: cannot write ${path}: ${why}`, { cause });

/** Files that a command writes beside what it prints. */
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { Trouble } from '../base/errors.js';

export interface OutputFile {
  /** The command, for messages. */
  readonly command: string;
  readonly path: string;
  /** Replaces what is there. */
  readonly force: boolean;
}

/** Writes a file that is whole or not there. Throws Trouble('storage') where it exists, without `force`, or cannot be written. */
export function writeOutput({ command, path, force }: OutputFile, text: string): void {
  try {
    const file = openSync(path, force ? 'w' : 'wx');
    try {
      writeFileSync(file, text);
    } catch (error) {
      if (!force) rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    const why = exists ? 'it exists; give another name, or --force to replace it' : (error as Error).message;
    throw new Trouble('storage', `${command}: cannot write ${path}: ${why}`, { cause: error });
  }
}

/** Files that a command writes beside what it prints. */
import { closeSync, existsSync, fstatSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Trouble } from '../base/errors.js';

export interface OutputFile {
  /** The command, for messages. */
  readonly command: string;
  readonly path: string;
  /** Replaces what is there. */
  readonly force: boolean;
  /** The traces that it is made of, which it never replaces. */
  readonly traces: readonly string[];
}

/** For what takes long to make: throws what `writeOutput` would throw for a file that must stay. */
export function refuseExisting({ command, path, force, traces }: OutputFile): void {
  if (traces.some((trace) => isSameFile(trace, path))) throw new Trouble('usage', `${command}: ${path} is the trace itself; give another name`);
  if (!force && existsSync(path)) throw cannotWrite(command, path, EXISTS);
}

function isSameFile(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false }));
  return first !== undefined && second !== undefined && first.dev === second.dev && first.ino === second.ino;
}

/**
 * Writes a file that is whole or not there, piece by piece where there are several. Throws Trouble('storage') where it
 * exists, without `force`, or cannot be written, and what making the pieces throws.
 */
export function writeOutput(output: OutputFile, content: string | Iterable<string | Uint8Array>): void {
  const { command, path, force } = output;
  const writing = <Result>(step: () => Result): Result => {
    try {
      return step();
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
      throw cannotWrite(command, path, exists ? EXISTS : (error as Error).message, error);
    }
  };
  refuseExisting(output);
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

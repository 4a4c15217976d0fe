/** Makes the file of a new trace, or refuses to. */
import { closeSync, lstatSync, openSync, rmSync } from 'node:fs';
import { Trouble } from '../base/errors.js';

/** The files that SQLite keeps beside a database, by what it adds to the name. */
export const COMPANIONS = ['-wal', '-shm', '-journal'] as const;

/**
 * Makes an empty file for a new trace. Throws Trouble('storage') where there is something already
 * (with force, only where it is no regular file) and where it cannot be made.
 */
export function makeFile(path: string, force: boolean): void {
  if (force) removeTrace(path);
  try {
    closeSync(openSync(path, 'wx', 0o644));
    for (const companion of COMPANIONS) rmSync(path + companion, { force: true });
  } catch (error) {
    throw new Trouble('storage', `cannot create ${path}: ${reason(error)}`, { cause: error });
  }
}

function removeTrace(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isFile() && !found.isSymbolicLink()) {
    throw new Trouble('storage', `cannot replace ${path}: it is no regular file`);
  }
  try {
    for (const companion of ['', ...COMPANIONS]) rmSync(path + companion, { force: true });
  } catch (error) {
    throw new Trouble('storage', `cannot replace ${path}: ${reason(error)}`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'it exists; give another name, or --force to replace it',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is no folder',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long',
};

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return REASONS[code] ?? String(error);
}

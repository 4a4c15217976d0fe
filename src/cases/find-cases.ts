/** The test cases below folders. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { Trouble } from '../base/errors.js';
import { CASE_FILE, readCaseFile } from './case-file.js';
import type { TestCase } from './case.js';

/**
 * The cases of files (case.json, or a trace alone) and of all folders below others, in order of their
 * names. Throws Trouble('usage') where there is none, or a file is wrong.
 */
export function findCases(paths: readonly string[], port?: string): TestCase[] {
  const cases = paths.flatMap((path) => casesAt(path, port));
  if (cases.length === 0) throw new Trouble('usage', `no test case in ${paths.join(', ')}: a case is a folder with a ${CASE_FILE}, or a trace`);
  return cases;
}

function casesAt(path: string, port: string | undefined): TestCase[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new Trouble('usage', `no test case ${path}: no such file or folder`);
  if (found.isDirectory()) return casesBelow(path, port);
  if (path.endsWith('.json')) return readCaseFile(path, { name: basename(dirname(join(process.cwd(), path))), port });
  return [{ name: basename(path).replace(/\.trace$/, ''), folder: dirname(path), file: path, trace: path }];
}

function casesBelow(folder: string, port: string | undefined): TestCase[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => basename(path) === CASE_FILE);
  return files.sort().flatMap((path) => readCaseFile(join(folder, path), { name: nameOf(folder, path), port }));
}

const nameOf = (folder: string, path: string): string => relative('.', dirname(path)) || basename(join(process.cwd(), folder));

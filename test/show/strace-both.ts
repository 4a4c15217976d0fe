/** The same programs under strace and under portrace, on one processor, each time in a new folder of the same name. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../harness/folders.js';
import { ENVIRONMENT, programsScript } from './strace-programs.js';

function run(folder: string, command: readonly string[]): void {
  const work = join(folder, 'work');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  execFileSync('taskset', ['-c', '0', ...command], { cwd: work, env: ENVIRONMENT, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Gives the log. `commands`: lines of a shell script; all programs without it. */
export function underStrace(folder: string, options: readonly string[] = [], commands?: readonly string[]): string {
  const log = join(folder, 'programs.strace');
  run(folder, ['setarch', '-R', 'strace', '-f', ...options, '-o', log, ...programsScript(folder, commands).command]);
  return readFileSync(log, 'latin1');
}

/** Gives the path of the trace. */
export function underPortrace(folder: string, commands?: readonly string[]): string {
  const trace = join(folder, 'programs.trace');
  run(folder, [process.execPath, join(CHECKOUT, 'bin/portrace'), 'record', '--force', '-o', trace, '--', ...programsScript(folder, commands).command]);
  return trace;
}

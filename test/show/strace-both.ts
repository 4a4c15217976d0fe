/** The same programs under strace and under portrace. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../harness/folders.js';
import { ENVIRONMENT, programsScript } from './strace-programs.js';

export interface BothLogs {
  readonly strace: string;
  /** Where the trace is. */
  readonly trace: string;
  readonly programs: number;
}

/** Runs them in `work`, which is made anew for each, so that paths and contents are the same. */
export function runBoth(folder: string, options: readonly string[] = []): BothLogs {
  const { command, programs } = programsScript(folder);
  const [trace, log] = [join(folder, 'programs.trace'), join(folder, 'programs.strace')];
  const runs = [
    ['taskset', '-c', '0', 'setarch', '-R', 'strace', '-f', ...options, '-o', log, ...command],
    ['taskset', '-c', '0', process.execPath, join(CHECKOUT, 'bin/portrace'), 'record', '--force', '-o', trace, '--', ...command],
  ];
  const work = join(folder, 'work');
  for (const [program, ...args] of runs) {
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work);
    execFileSync(program!, args, { cwd: work, env: ENVIRONMENT, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return { strace: readFileSync(log, 'latin1'), trace, programs };
}

/** portrace in a process of its own: ptrace belongs to a thread, and a guest may take its tracer down. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PORTRACE_FOLDER } from '../base/version.js';

export interface Ended {
  readonly code: number;
  readonly stderr: string;
  /** It took longer than it may. */
  readonly late: boolean;
}

export interface ProcessOptions {
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Seconds. */
  readonly timeout: number;
}

const PROGRAM = join(PORTRACE_FOLDER, 'bin/portrace');

/** Of what a process prints, no more than this is kept, characters. */
const KEPT = 65536;

// Nothing that was started outlives this process.
const running = new Set<number>();
process.on('exit', () => running.forEach(killGroup));

/** Runs a command of portrace to its end. */
export const portrace = (args: readonly string[], options: ProcessOptions): Promise<Ended> => ended([process.execPath, PROGRAM, ...args], options);

/** Runs any command to its end; everything that it started is killed where it takes too long. */
export function ended([program, ...args]: readonly string[], { folder, environment, input = '', timeout }: ProcessOptions): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program!, args, { cwd: folder, env: environment, detached: true, stdio: ['pipe', 'ignore', 'pipe'] });
    if (child.pid !== undefined) running.add(child.pid);
    let stderr = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) killGroup(child.pid);
    }, timeout * 1000);
    const end = (code: number): void => {
      clearTimeout(timer);
      if (child.pid !== undefined) running.delete(child.pid);
      resolve({ code, stderr, late });
    };
    child.stderr.setEncoding('utf8').on('data', (piece: string) => void (stderr = (stderr + piece).slice(-KEPT)));
    child.stdin.on('error', () => undefined).end(input);
    child.once('error', (error) => {
      stderr += error.message;
      end(-1);
    });
    child.once('close', (code) => end(code ?? -1));
  });
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

/** Child processes: their output collected, their end awaited, never left behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { finished } from 'node:stream/promises';
import type { Scope } from './scope.js';

/** What a finished process left. */
export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code as a shell reports it: 128 + N where signal N ended the process. */
  readonly code: number;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Written to standard input, which then ends. Without it, `run` gives /dev/null. */
  readonly input?: string;
  /** After so many milliseconds the process and its group are killed and the run fails. */
  readonly limit?: number;
}

const DEFAULT_LIMIT = 480_000;

const running = new Set<number>();

// Whoever ends this process, and however, nothing that it started may outlive it.
process.on('exit', () => {
  for (const group of running) killGroup(group);
});
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
  process.once(signal, () => process.exit(code));
}
process.once('disconnect', () => process.exit(1));

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

/** A started process whose output is collected while it runs. */
export class Running {
  private readonly stdoutPieces: Buffer[] = [];
  private readonly stderrPieces: Buffer[] = [];
  private readonly watchers = new Set<() => void>();
  private readonly ended: Promise<Finished>;
  private isOver = false;

  constructor(
    private readonly child: ChildProcess,
    private readonly command: readonly string[],
  ) {
    this.collect(child.stdout, this.stdoutPieces);
    this.collect(child.stderr, this.stderrPieces);
    this.ended = this.awaitEnd();
    // Whoever needs the failure asks for `finished`.
    this.ended.catch(() => undefined);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.command[0]} did not start`);
    return this.child.pid;
  }

  get stdout(): string {
    return Buffer.concat(this.stdoutPieces).toString();
  }

  get stderr(): string {
    return Buffer.concat(this.stderrPieces).toString();
  }

  /** Resolves at the end of the process and of its output. */
  get finished(): Promise<Finished> {
    return this.ended;
  }

  write(text: string): void {
    this.child.stdin!.write(text);
  }

  endInput(): void {
    this.child.stdin!.end();
  }

  /** Sends a signal to this one process. */
  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Resolves as soon as standard output fulfils the condition; fails when the process ends before. */
  async output(isEnough: (stdout: string) => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const watch = (): void => {
        if (isEnough(this.stdout)) resolve();
        else if (this.isOver) reject(new Error(`${this.describe()} ended too early`));
        else return;
        this.watchers.delete(watch);
      };
      this.watchers.add(watch);
      watch();
    });
  }

  /** The command with what it printed, for a failure's message. */
  describe(): string {
    return [this.command.join(' '), 'stdout:', this.stdout.slice(-4000), 'stderr:', this.stderr.slice(-4000)].join('\n');
  }

  private collect(stream: NodeJS.ReadableStream | null, pieces: Buffer[]): void {
    stream?.on('data', (piece: Buffer) => {
      pieces.push(piece);
      this.notify();
    });
  }

  private notify(): void {
    for (const watch of [...this.watchers]) watch();
  }

  private async awaitEnd(): Promise<Finished> {
    const { child } = this;
    const exit = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
    });
    try {
      const code = await exit;
      await Promise.all([child.stdout, child.stderr].map((stream) => stream && finished(stream)));
      return { stdout: this.stdout, stderr: this.stderr, code };
    } finally {
      this.isOver = true;
      if (child.pid !== undefined) running.delete(child.pid);
      this.notify();
    }
  }
}

/**
 * Starts a process in a group of its own; it is killed when the scope ends or its limit is over. Its
 * standard input is a pipe.
 */
export function start(scope: Scope, command: readonly string[], options: RunOptions = {}): Running {
  return launch(scope, command, options, 'pipe');
}

function launch(scope: Scope, command: readonly string[], options: RunOptions, input: 'pipe' | 'ignore'): Running {
  const [program, ...args] = command;
  const child = spawn(program!, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.environment },
    detached: true,
    stdio: [input, 'pipe', 'pipe'],
  });
  // A process that does not read its input is no failure.
  child.stdin?.on('error', () => undefined);
  const started = new Running(child, command);
  const group = child.pid;
  if (group === undefined) return started;
  running.add(group);
  const timer = setTimeout(() => {
    process.stderr.write(`killed after ${options.limit ?? DEFAULT_LIMIT} ms: ${started.describe()}\n`);
    killGroup(group);
  }, options.limit ?? DEFAULT_LIMIT);
  void started.finished.catch(() => undefined).then(() => clearTimeout(timer));
  scope.teardown(async () => {
    killGroup(group);
    await started.finished.catch(() => undefined);
  });
  return started;
}

/** Runs a process to its end. */
export async function run(scope: Scope, command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  if (options.input === undefined) return launch(scope, command, options, 'ignore').finished;
  const started = start(scope, command, options);
  started.write(options.input);
  started.endInput();
  return started.finished;
}

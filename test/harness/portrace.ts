/** portrace as its users run it: bin/portrace in a process of its own. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { CHECKOUT } from './folders.js';
import { run, start, type Finished, type RunOptions, type Running } from './run.js';
import type { Scope } from './scope.js';

const PROGRAM = join(CHECKOUT, 'bin/portrace');

// bin/portrace prefers the bundle: a test must not run yesterday's.
const BUNDLE = join(CHECKOUT, 'dist/bundle/portrace.js');
if (existsSync(BUNDLE) && statSync(BUNDLE).mtimeMs < statSync(join(CHECKOUT, 'dist/.tsbuildinfo')).mtimeMs) {
  throw new Error('dist/bundle is older than what tsc compiled; say npm run build:ts');
}

// Node.js reads the certificates that this names whenever it starts, which takes longer than all the rest of starting.
delete process.env['NODE_EXTRA_CA_CERTS'];

/** The command line of portrace with these arguments. */
export function portraceCommand(...args: string[]): string[] {
  return [process.execPath, PROGRAM, ...args];
}

/** Runs portrace to its end. */
export function portrace(scope: Scope, args: readonly string[], options?: RunOptions): Promise<Finished> {
  return run(scope, portraceCommand(...args), options);
}

/** Starts a recording and gives it back while it runs. */
export function startRecording(scope: Scope, trace: string, guest: readonly string[], options?: RunOptions): Running {
  return start(scope, portraceCommand('record', '-o', trace, '--', ...guest), options);
}

export interface RecordingOptions extends RunOptions {
  /** Events between two digests of memory. */
  readonly digestEvery?: number;
}

/** Records a guest to its end; the result is what the guest printed and its exit code. */
export function record(scope: Scope, trace: string, guest: readonly string[], options: RecordingOptions = {}): Promise<Finished> {
  const digests = options.digestEvery === undefined ? [] : ['--digest-every', `${options.digestEvery}`];
  return portrace(scope, ['record', '-o', trace, ...digests, '--', ...guest], options);
}

export function replay(scope: Scope, trace: string, options?: RunOptions & { readonly verify?: 'registers' | 'memory' }): Promise<Finished> {
  const verify = options?.verify === undefined ? [] : ['--verify', options.verify];
  return portrace(scope, ['replay', trace, ...verify], options);
}

/** What `portrace info --json` says. */
export async function info(t: ExecutionContext, trace: string): Promise<Record<string, unknown>> {
  const shown = await portrace(t, ['info', trace, '--json']);
  t.is(shown.code, 0, shown.stderr);
  return JSON.parse(shown.stdout) as Record<string, unknown>;
}

/** Replays several times: each ends without divergence and prints what the recording printed. */
export async function assertReplays(t: ExecutionContext, trace: string, times: number, recorded: Finished): Promise<void> {
  for (let round = 1; round <= times; round++) {
    // One replay of each trace compares memory too.
    const replayed = await replay(t, trace, round === 1 ? { verify: 'memory' } : {});
    t.is(replayed.code, 0, replayed.code === 0 ? undefined : `replay ${round} of ${times}: ${await diagnosis(t, trace, replayed)}`);
    t.is(replayed.stdout, recorded.stdout, `standard output of replay ${round} of ${times}`);
    t.is(replayed.stderr, recorded.stderr, `standard error of replay ${round} of ${times}`);
  }
}

/** What portrace said of a failed replay, and how three more went: whether the recording is at fault, or that replay. */
async function diagnosis(t: ExecutionContext, trace: string, failed: Finished): Promise<string> {
  const again: string[] = [];
  for (let round = 0; round < 3; round++) {
    const { code, stderr } = await replay(t, trace, { verify: 'memory' });
    again.push(code === 0 ? 'ok' : (ownLines(stderr).split('\n')[0] ?? ''));
  }
  return `${ownLines(failed.stderr).slice(0, 4000)}\nagain: ${again.join('; ')}`;
}

/** Standard error from the first line of portrace's own on. */
const ownLines = (stderr: string): string => stderr.slice(Math.max(0, stderr.search(/^portrace: /m)));

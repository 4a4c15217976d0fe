/** Guests as tests, soak runs and benchmarks share them: what to run and what must come out. */
import type { ExecutionContext } from 'ava';
import { join } from 'node:path';
import { CHECKOUT, temporaryFolder } from './folders.js';
import { guestProgram, type GuestVariant } from './guests.js';
import { assertReplays, record, type RecordingOptions } from './portrace.js';
import { run, type Finished } from './run.js';
import type { Scope } from './scope.js';

export interface Session extends RecordingOptions {
  readonly title: string;
  readonly command: readonly string[];
  /** Exit code, natively and recorded; 0 without it. */
  readonly code?: number;
}

/** A program of test/guests with arguments. */
export function guestSession(name: string, variant: GuestVariant = {}, args: readonly string[] = []): Session {
  return {
    title: `${name}, ${variant.static ? 'static' : 'dynamic'}`,
    command: [guestProgram(name, variant), ...args],
  };
}

/** A script of test/programs/scripts, in a folder of its own. */
export function scriptSession(scope: Scope, interpreter: string, name: string): Session {
  return {
    title: name,
    command: [interpreter, join(CHECKOUT, 'test/programs/scripts', name)],
    cwd: temporaryFolder(scope),
    environment: { LC_ALL: 'C', TZ: 'UTC' },
  };
}

/** The output without its numbers: what a guest prints alike in every run. */
export function shapeOf(output: string): string {
  return output.replace(/0x[0-9a-f]+|\b[0-9a-f]{12,}\b|\d+/g, 'N');
}

/**
 * Runs the session natively and recorded, which must agree but for numbers, and replays it. Gives
 * what the recorded guest printed.
 */
export async function recordAndReplay(t: ExecutionContext, session: Session, replays: number): Promise<Finished> {
  const native = await run(t, session.command, session);
  t.is(native.code, session.code ?? 0, native.stdout);
  const trace = join(temporaryFolder(t), 'session.trace');
  const recorded = await record(t, trace, session.command, session);
  t.is(recorded.code, native.code, `${recorded.stdout}\n${recorded.stderr}`);
  t.is(shapeOf(recorded.stdout), shapeOf(native.stdout));
  t.is(shapeOf(recorded.stderr), shapeOf(native.stderr));
  await assertReplays(t, trace, replays, recorded);
  return recorded;
}

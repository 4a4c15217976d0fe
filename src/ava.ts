/**
 * Port tests in a project's AVA suite:
 *
 *     import test from 'ava';
 *     import { portTest } from 'portrace/ava';
 *     portTest(test, 'traces');
 */
import { fileURLToPath } from 'node:url';
import type { TestFn } from 'ava';
import { findCases, runCase, type Mode } from './cases/index.js';
import { Trouble } from './base/errors.js';

export interface PortTestOptions {
  /**
   * `replay` golden traces, `record` their guests on this host and compare, `update` golden traces.
   * Default: what the environment variable PORTRACE_TEST says, else `replay`.
   */
  readonly mode?: Mode;
  /** Label of this host port: expected.PORT.txt counts too. Default: PORTRACE_PORT. */
  readonly port?: string;
  /** Where recordings that differ are kept. Default: PORTRACE_ARTIFACTS. */
  readonly artifacts?: string;
}

const MODES: readonly Mode[] = ['replay', 'record', 'update'];

/** Longer than any case may take by itself: building comes on top. */
const SPARE_MILLISECONDS = 60_000;
const DEFAULT_SECONDS = 120;

/**
 * Declares a test for each case in a folder, case file or trace. Relative paths begin at the working
 * folder, which AVA makes the project's. Throws `Trouble` of kind `usage` where there is no case.
 */
export function portTest(test: TestFn, path: string | URL, options: PortTestOptions = {}): void {
  const mode = options.mode ?? modeFrom(process.env.PORTRACE_TEST);
  const port = options.port ?? process.env.PORTRACE_PORT;
  const artifacts = options.artifacts ?? process.env.PORTRACE_ARTIFACTS;
  for (const each of findCases([typeof path === 'string' ? path : fileURLToPath(path)], port)) {
    test(`${mode} ${each.name}`, async (t) => {
      t.timeout(2 * (each.recipe?.timeout ?? DEFAULT_SECONDS) * 1000 + SPARE_MILLISECONDS);
      const { outcome, headline = '', details } = await runCase(each, mode, artifacts);
      t.is(outcome, 'pass', [outcome === 'trouble' ? `could not be run: ${headline}` : headline, ...details].join('\n'));
    });
  }
}

function modeFrom(text: string | undefined): Mode {
  const mode = MODES.find((each) => each === (text ?? 'replay'));
  if (mode === undefined) throw new Trouble('usage', `PORTRACE_TEST is ${text}; it may be ${MODES.join(', ')}`);
  return mode;
}

/** Replays a case's golden trace: the guest's own instructions have to go the recorded way. */
import { Trouble } from '../base/errors.js';
import type { TestCase } from './case.js';
import { portrace } from './portrace-process.js';
import type { Verdict } from './run-cases.js';

const DEFAULT_TIMEOUT = 120;
const SAME = 0;
const DIVERGED = 1;

export async function replayGolden({ trace, recipe }: TestCase): Promise<Verdict> {
  const timeout = recipe?.timeout ?? DEFAULT_TIMEOUT;
  const { code, stderr, late } = await portrace(['replay', '--quiet', '--verify', 'memory', trace], { timeout });
  if (late) return { outcome: 'fail', headline: `the replay did not end within ${timeout} seconds`, details: [] };
  const [first = '', ...others] = stderr.trimEnd().split('\n').map((line) => line.replace(/^portrace: /, ''));
  if (code === SAME) return { outcome: 'pass', ...(first !== '' && { headline: first }), details: [] };
  if (code === DIVERGED) return { outcome: 'fail', headline: first, details: others };
  throw new Trouble('trace', first || `portrace replay ended with ${code}`);
}

/** Runs test cases, several at a time. */
import type { CaseResult, Mode, TestCase } from './case.js';
import { Trouble } from '../base/errors.js';
import { compareAgain } from './compare-again.js';
import { replayGolden } from './replay-golden.js';
import { updateGolden } from './update-golden.js';

export interface RunOptions {
  readonly mode: Mode;
  /** How many at a time. */
  readonly jobs: number;
  /** Where recordings that differ are kept, and what is different as HTML. */
  readonly artifacts?: string;
  /** Called for each case that is done, in their order. */
  readonly onResult?: (result: CaseResult) => void;
}

/** What running a case says, without what is the same for all. */
export type Verdict = Pick<CaseResult, 'outcome' | 'headline' | 'details'>;

const RUN: Readonly<Record<Mode, (test: TestCase, artifacts: string | undefined) => Promise<Verdict>>> = {
  replay: replayGolden,
  record: compareAgain,
  update: updateGolden,
};

/** All results, in the order of the cases. */
export async function runCases(cases: readonly TestCase[], { mode, jobs, artifacts, onResult }: RunOptions): Promise<CaseResult[]> {
  const results: (CaseResult | undefined)[] = cases.map(() => undefined);
  let begun = 0;
  let told = 0;
  const work = async (): Promise<void> => {
    while (begun < cases.length) {
      const index = begun++;
      results[index] = await runCase(cases[index]!, mode, artifacts);
      for (let next = results[told]; next; next = results[++told]) onResult?.(next);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, cases.length) }, work));
  return results as CaseResult[];
}

/** Runs one case. */
export async function runCase(test: TestCase, mode: Mode, artifacts?: string): Promise<CaseResult> {
  const started = performance.now();
  const verdict = await RUN[mode](test, artifacts).catch(trouble);
  return { name: test.name, file: test.file, seconds: (performance.now() - started) / 1000, ...verdict };
}

function trouble(error: unknown): Verdict {
  if (!(error instanceof Trouble)) throw error;
  return { outcome: 'trouble', headline: error.message, details: [] };
}

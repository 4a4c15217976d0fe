/** Records golden traces anew. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { diffTraces } from '../diff/index.js';
import { FORMAT_VERSION } from '../trace/index.js';
import type { TestCase } from './case.js';
import { comparing, moveFile, withFolder } from './compare-again.js';
import { recipeOf, recordGuest } from './record-guest.js';
import type { Verdict } from './run-cases.js';

/** Leaves a golden trace as it is where the new one compares without any difference, so that version control stays quiet. */
export async function updateGolden(test: TestCase): Promise<Verdict> {
  recipeOf(test);
  return withFolder(async (folder) => {
    const again = join(folder, 'again.trace');
    await recordGuest(test, again);
    if (isUpToDate(test.trace, again)) return { outcome: 'pass', headline: 'as it was', details: [] };
    const headline = existsSync(test.trace) ? 'golden trace replaced' : 'golden trace recorded';
    moveFile(again, test.trace);
    return { outcome: 'pass', headline, details: [] };
  });
}

function isUpToDate(golden: string, again: string): boolean {
  if (!existsSync(golden)) return false;
  return comparing(golden, again, (old, fresh) => old.formatVersion === FORMAT_VERSION && diffTraces(old, fresh).same);
}

/** Results as JUnit XML. */
import type { CaseResult } from '../case.js';
import { junitSuite, type JunitCase } from '../../show/diff-junit.js';
import { visible } from '../../show/visible.js';

export const testJunit = (results: readonly CaseResult[]): string => junitSuite('portrace test', results.map(junitCase));

function junitCase({ name, file, outcome, headline, details }: CaseResult): JunitCase {
  const known = { name: visible(name), className: visible(file) };
  if (outcome === 'pass') return known;
  const failure = visible(outcome === 'trouble' ? `could not be run: ${headline}` : headline ?? 'failed');
  return { ...known, failure, details: details.map(visible).join('\n') };
}

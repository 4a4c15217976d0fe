/** Results as the Test Anything Protocol, version 13 (testanything.org): for machines, and for logs. */
import type { CaseResult } from '../case.js';
import { visible } from '../../show/visible.js';

export const tapHeader = (count: number): string[] => ['TAP version 13', `1..${count}`];

/** `number` counts from 1 on. */
export function tapLines({ name, outcome, headline, details, seconds }: CaseResult, number: number): string[] {
  const line = `${outcome === 'pass' ? 'ok' : 'not ok'} ${number} - ${safe(name)}`;
  if (outcome === 'pass') return headline === undefined ? [line] : [line, `# ${visible(headline)}`];
  const block = ['---', `outcome: ${outcome}`, `message: ${JSON.stringify(visible(headline ?? ''))}`, `seconds: ${seconds.toFixed(3)}`];
  if (details.length > 0) block.push('details: |', ...details.map((each) => `  ${visible(each)}`));
  return [line, ...block.map((each) => `  ${each}`), '  ...'];
}

/** A number sign would begin a directive. */
const safe = (name: string): string => visible(name).replaceAll('#', '\\#');

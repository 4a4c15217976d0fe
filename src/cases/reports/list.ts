/** Results as people read them. */
import type { CaseResult } from '../case.js';
import { styleText } from '../../show/style.js';
import { visible } from '../../show/visible.js';

const MARKS = { pass: '✔', fail: '✘', trouble: '!' } as const;
const COLOURS = { pass: 'green', fail: 'red', trouble: 'red' } as const;

export function listLines({ name, outcome, headline, details, seconds }: CaseResult, colour: boolean): string[] {
  const paint = styleText(colour);
  const said = headline === undefined ? '' : `: ${visible(headline)}`;
  return [`${paint(COLOURS[outcome], MARKS[outcome])} ${visible(name)} (${seconds.toFixed(1)} s)${said}`, ...details.map((line) => `    ${visible(line)}`)];
}

export function listSummary(results: readonly CaseResult[]): string {
  const count = (outcome: CaseResult['outcome']): number => results.filter((each) => each.outcome === outcome).length;
  const [failed, troubled] = [count('fail'), count('trouble')];
  return [`${count('pass')} passed`, ...(failed > 0 ? [`${failed} failed`] : []), ...(troubled > 0 ? [`${troubled} could not be run`] : [])].join(', ');
}

/** Results as GitHub Actions shows them beside the files of a change (workflow commands). */
import { relative } from 'node:path';
import type { CaseResult } from '../case.js';
import { visible } from '../../show/visible.js';

/** A line for every case that did not pass. */
export const annotations = (results: readonly CaseResult[]): string[] => results.filter(({ outcome }) => outcome !== 'pass').map(annotation);

function annotation({ name, file, headline, details }: CaseResult): string {
  const message = [headline ?? 'failed', ...details].map(visible).join('\n');
  return `::error file=${property(relative('.', file))},title=${property(`portrace test: ${visible(name)}`)}::${data(message)}`;
}

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

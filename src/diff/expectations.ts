/**
 * Known differences of a port, as a text for version control: one line each, in the words of
 * Finding.key. Lines that begin with # are notes.
 */
import { Trouble } from '../base/errors.js';
import type { Finding } from './finding.js';

const HEADING = [
  '# Differences that are known and accepted, one a line; portrace diff --expect FILE leaves them out.',
  '# A line that begins with # is a note.',
];

/** Every finding and every consequence is a line of its own: what causes what may change. */
export function flattened(findings: readonly Finding[]): Finding[] {
  return findings.flatMap((finding) => [finding, ...finding.consequences.map((each) => each.finding)]);
}

/** The file that accepts these findings. */
export function writeExpectations(findings: readonly Finding[]): string {
  const keys = [...new Set(flattened(findings).map(({ key }) => key))].sort();
  return `${[...HEADING, ...keys].join('\n')}\n`;
}

/** The keys that a file accepts. Throws Trouble('usage') for what is no such file. */
export function parseExpectations(text: string, name: string): ReadonlySet<string> {
  const keys = new Set<string>();
  text.split('\n').forEach((line, index) => {
    const key = line.trim();
    if (key === '' || key.startsWith('#')) return;
    if (!/^[a-z-]+ [^:]*: /.test(key)) throw new Trouble('usage', `${name}, line ${index + 1}: no line of portrace diff --write-expect`);
    keys.add(key);
  });
  return keys;
}

export interface Judged {
  /** Findings that nobody expected, with such consequences. */
  readonly unexpected: readonly Finding[];
  readonly expected: readonly Finding[];
  /** Keys that no finding has any more. */
  readonly gone: readonly string[];
}

/** Tells expected findings from new ones. A new consequence of an expected cause stands for itself. */
export function judge(findings: readonly Finding[], expected: ReadonlySet<string>): Judged {
  const unexpected: Finding[] = [];
  const accepted: Finding[] = [];
  for (const finding of findings) {
    const isNew = (each: Finding): boolean => !expected.has(each.key);
    accepted.push(...flattened([finding]).filter((each) => !isNew(each)));
    const consequences = finding.consequences.filter((each) => isNew(each.finding));
    if (isNew(finding)) unexpected.push({ ...finding, consequences });
    else unexpected.push(...consequences.map((each) => each.finding));
  }
  const seen = new Set(flattened(findings).map(({ key }) => key));
  return { unexpected, expected: accepted, gone: [...expected].filter((key) => !seen.has(key)) };
}

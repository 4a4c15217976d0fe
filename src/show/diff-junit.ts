/**
 * The report of a comparison as JUnit XML, as continuous integration systems read it: one test case
 * a finding, or a single passing one.
 */
import type { DiffReport, Finding, FoundStep } from '../diff/index.js';
import { visible } from './visible.js';

export interface JunitCase {
  readonly name: string;
  readonly className: string;
  /** One line; a case without one passed. */
  readonly failure?: string;
  readonly details?: string;
}

export function diffJunit(report: DiffReport): string {
  return junitSuite('portrace diff', casesOf(report));
}

export function casesOf({ findings, expected, gone, a }: DiffReport): JunitCase[] {
  const className = visible(a.command.join(' '));
  const failed = findings.map((finding): JunitCase => ({ name: visible(finding.key), className, failure: visible(finding.headline), details: details(finding) }));
  const passed = expected.map((finding): JunitCase => ({ name: `expected: ${visible(finding.key)}`, className }));
  const missing = gone.map((key): JunitCase => ({ name: `expected, but gone: ${visible(key)}`, className }));
  const cases = [...failed, ...passed, ...missing];
  return cases.length > 0 ? cases : [{ name: 'no difference in behaviour', className }];
}

/** A whole document. */
export function junitSuite(name: string, cases: readonly JunitCase[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const counts = `tests="${cases.length}" failures="${failures}" errors="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${escaped(name)}" ${counts}>`,
    ...cases.map(caseLines),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function caseLines({ name, className, failure, details: text }: JunitCase): string {
  const open = `    <testcase name="${escaped(name)}" classname="${escaped(className)}"`;
  if (failure === undefined) return `${open}/>`;
  return `${open}>\n      <failure message="${escaped(failure)}">${escaped(text ?? '')}</failure>\n    </testcase>`;
}

function details(finding: Finding): string {
  const lines = (side: string, steps: readonly FoundStep[]): string[] =>
    steps.map(({ event, who, did, got }) => visible(`${side} ${event} ${who} ${did}${got === '' ? '' : ` = ${got}`}`));
  const consequences = finding.consequences.map(({ because, finding: each }) => `${because}: ${visible(each.headline)}`);
  return [...lines('A', finding.a), ...lines('B', finding.b), ...consequences].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };

const escaped = (text: string): string => text.replace(/[&<>"\n]/g, (character) => ENTITIES[character]!);

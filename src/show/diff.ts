/** The report of a comparison as text. */
import type { Consequence, DiffReport, DiffSide, Finding, FindingKind, FoundStep } from '../diff/index.js';
import { styleText } from './style.js';
import { visible } from './visible.js';

export interface DiffTextOptions {
  /** Escape sequences for a terminal. */
  readonly colour?: boolean;
}

/** So many steps of one side of a finding are told. */
const STEPS_SHOWN = 6;

/** Line by line. */
export function showDiff(report: DiffReport, { colour = false }: DiffTextOptions = {}): string[] {
  const paint = styleText(colour);
  const lines: string[] = [`A  ${sideLine(report.a)}`, `B  ${sideLine(report.b)}`, ...report.notes.map((note) => `note: ${visible(note)}`)];
  report.findings.forEach((finding, index) => lines.push('', ...findingLines(finding, index + 1, paint)));
  lines.push('', summary(report));
  if (report.expected.length > 0) lines.push(`expected: ${report.expected.length}`);
  lines.push(...report.gone.map((key) => `expected, but gone: ${visible(key)}`));
  lines.push(...report.folded.map(({ rule, a, b, says }) => `folded: ${rule}: ${a} in A, ${b} in B (${says})`));
  return lines;
}

function sideLine({ command, host, port, events, tasks, complete }: DiffSide): string {
  const label = port === undefined ? host : `${port} (${host})`;
  return visible(`${label}: ${command.join(' ')}: ${events} events, ${tasks.length} tasks${complete ? '' : ', incomplete'}`);
}

function summary({ findings, same, expected }: DiffReport): string {
  if (same) return expected.length > 0 ? 'no new difference in behaviour' : 'no difference in behaviour';
  return `${findings.length} ${findings.length === 1 ? 'difference' : 'differences'} in behaviour`;
}

type Paint = ReturnType<typeof styleText>;

function findingLines(finding: Finding, number: number, paint: Paint): string[] {
  const first = finding.isFirst ? ' (the first difference)' : '';
  return [
    paint('bold', `${number}. ${finding.kind}: ${visible(finding.headline)}${first}`),
    ...sideBySide(finding, paint),
    ...consequencesOf(finding, paint),
  ];
}

/** So many consequences of one finding are told. */
const CONSEQUENCES_SHOWN = 8;
/** What a user notices comes first. */
const NOTICED: ReadonlySet<FindingKind> = new Set(['written', 'exit', 'signal', 'task']);

function consequencesOf({ consequences }: Finding, paint: Paint): string[] {
  const noticed = consequences.filter(({ finding }) => NOTICED.has(finding.kind));
  const others = consequences.filter(({ finding }) => !NOTICED.has(finding.kind));
  const shown = [...noticed.slice(0, CONSEQUENCES_SHOWN / 2), ...others].slice(0, CONSEQUENCES_SHOWN);
  const lines = consequences.filter((each) => shown.includes(each)).flatMap((each) => consequenceLines(each, paint));
  const rest = consequences.length - shown.length;
  return rest === 0 ? lines : [...lines, paint('dim', `   └ and ${rest} more (--json and --html have all)`)];
}

/** What both sides did before, when they agree, is told once. */
function sideBySide({ a, b, context }: Finding, paint: Paint): string[] {
  const texts = (steps: readonly FoundStep[]): string => steps.map(stepText).join('\n');
  const isShared = texts(context.a) === texts(context.b);
  const before = isShared
    ? context.a.map((step) => `     ${stepLine(step)}`)
    : [...context.a.map((step) => `   A ${stepLine(step)}`), ...context.b.map((step) => `   B ${stepLine(step)}`)];
  return [...before, ...stepLines('A', '-', a).map((line) => paint('red', line)), ...stepLines('B', '+', b).map((line) => paint('green', line))];
}

function stepLines(side: string, sign: string, steps: readonly FoundStep[]): string[] {
  const lines = steps.slice(0, STEPS_SHOWN).map((step) => ` ${sign} ${side} ${stepLine(step)}`);
  if (steps.length > STEPS_SHOWN) lines.push(` ${sign} ${side} … and ${steps.length - STEPS_SHOWN} more`);
  return lines;
}

const stepText = ({ did, got }: FoundStep): string => (got === '' ? did : `${did} = ${got}`);
const stepLine = (step: FoundStep): string => visible(`${String(step.event).padStart(6)} ${step.who}  ${stepText(step)}`);

function consequenceLines({ because, finding }: Consequence, paint: Paint): string[] {
  return [
    paint('dim', `   └ ${because}: ${finding.kind}: ${visible(finding.headline)}`),
    ...stepLines('A', '-', finding.a.slice(0, 1)).map((line) => `  ${line}`),
    ...stepLines('B', '+', finding.b.slice(0, 1)).map((line) => `  ${line}`),
  ];
}

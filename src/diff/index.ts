/** Compares two recordings of a guest: what is left is what it did otherwise. */
import { taskId } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { compareTasks, type TasksCompared } from './compare-tasks.js';
import { nameOf } from './describe.js';
import type { Difference } from './differences.js';
import { judge } from './expectations.js';
import type { Finding } from './finding.js';
import { givenWords } from './given-words.js';
import type { OpenTrace } from './open-trace.js';
import { readBoth } from './read-both.js';
import type { Recording } from './recording.js';
import { findingsOf } from './report.js';
import { RULE_NAMES, RULES, rulesInForce, type RuleName } from './rules.js';
import type { TaskRun } from './task-run.js';
import { Texts } from './texts.js';

export { parseExpectations, writeExpectations } from './expectations.js';
export type { Consequence, Finding, FindingKind, FoundStep } from './finding.js';
export type { OpenTrace } from './open-trace.js';
export { isRule, RULE_NAMES, RULES, type Rule, type RuleName } from './rules.js';

export interface DiffOptions {
  /** Only these tasks of the first trace and their partners, by number. All without it. */
  readonly tasks?: readonly number[];
  /** Rules to apply beside the default ones. */
  readonly ignore?: readonly RuleName[];
  /** Default rules not to apply. */
  readonly compare?: readonly RuleName[];
  /** Names of system calls and signals whose differences do not count. */
  readonly ignoreCalls?: readonly string[];
  /** How many steps before each finding to tell; 3 without it. */
  readonly context?: number;
  /** Keys of findings that are known (parseExpectations). */
  readonly expected?: ReadonlySet<string>;
}

/** What is known of one side. */
export interface DiffSide {
  readonly command: readonly string[];
  readonly host: string;
  readonly port?: string;
  readonly events: number;
  /** False where the recording was cut short. */
  readonly complete: boolean;
  readonly tasks: readonly DiffTask[];
}

export interface DiffTask {
  readonly task: number;
  readonly parent?: number;
  /** `1(sh)` */
  readonly name: string;
  readonly program?: string;
  /** The task of the other side that it was compared with; absent where there is none. */
  readonly partner?: number;
  /** Compared by what it does at all, as timers drive it. */
  readonly tickDriven: boolean;
}

/** What a rule left out, on each side. */
export interface FoldedLine {
  readonly rule: RuleName;
  readonly a: number;
  readonly b: number;
  readonly says: string;
}

export interface DiffReport {
  readonly a: DiffSide;
  readonly b: DiffSide;
  /** True where nothing is left that was not expected. */
  readonly same: boolean;
  /** Most telling first. */
  readonly findings: readonly Finding[];
  /** Findings that `expected` has. */
  readonly expected: readonly Finding[];
  /** Expected keys that no finding has any more. */
  readonly gone: readonly string[];
  readonly folded: readonly FoldedLine[];
  /** What the user gave the guests differently, and what limits the comparison. */
  readonly notes: readonly string[];
}

const DEFAULT_CONTEXT = 3;

/**
 * Compares two open traces. Reads each once, in memory that grows with the number of events, not
 * with what they hold. Throws Trouble('trace') where one is damaged, 'usage' for a task that is not there.
 */
export function diffTraces(a: OpenTrace, b: OpenTrace, options: DiffOptions = {}): DiffReport {
  const texts = new Texts();
  const rules = rulesInForce(options.ignore, options.compare);
  const [givenA, givenB] = givenWords(a.session, b.session);
  const [left, right] = readBoth({ trace: a, texts, rules, given: givenA }, { trace: b, texts, rules, given: givenB });
  const compared = compareTasks({ a: left, b: right, texts, rules });
  const wanted = chosen(compared, left, options.tasks);
  const findings = findingsOf(wanted.differences, wanted.match, {
    a: left,
    b: right,
    texts,
    rules,
    times: compared.times,
    ignoredCalls: new Set(options.ignoreCalls),
    context: options.context ?? DEFAULT_CONTEXT,
  });
  const judged = judge(findings, options.expected ?? new Set());
  return {
    a: sideOf(left, a, compared, 'a'),
    b: sideOf(right, b, compared, 'b'),
    same: judged.unexpected.length === 0,
    findings: judged.unexpected,
    expected: judged.expected,
    gone: judged.gone,
    folded: foldedLines(left, right),
    notes: notesOn(a, b),
  };
}

function chosen(compared: TasksCompared, a: Recording, tasks: readonly number[] | undefined): TasksCompared {
  if (tasks === undefined || tasks.length === 0) return compared;
  const known = new Set<number>(a.tasks.map(({ facts }) => facts.task));
  for (const task of tasks) if (!known.has(task)) throw new Trouble('usage', `diff: the first trace has no task ${task}; portrace info lists its tasks`);
  const wanted = new Set<TaskRun>();
  for (const { a: run, b: partner } of compared.match.pairs) {
    if (!tasks.includes(run.facts.task)) continue;
    wanted.add(run);
    wanted.add(partner);
  }
  const isWanted = ({ a: inA, b: inB }: Difference): boolean => (inA !== undefined && wanted.has(inA.run)) || (inB !== undefined && wanted.has(inB.run));
  const onlyA = compared.match.onlyA.filter(({ facts }) => tasks.includes(facts.task));
  return { ...compared, differences: compared.differences.filter(isWanted), match: { ...compared.match, onlyA, onlyB: [] } };
}

function sideOf(recording: Recording, trace: OpenTrace, { match, tickDriven }: TasksCompared, side: 'a' | 'b'): DiffSide {
  const { session } = trace;
  const other = side === 'a' ? 'b' : 'a';
  const partners = new Map(match.pairs.map((pair) => [pair[side], pair[other].facts.task]));
  return {
    command: session.arguments,
    host: session.imported ? `log ${session.imported.log}` : `${session.host.sysname} ${session.host.release}`,
    ...(session.port !== undefined && { port: session.port }),
    events: recording.events,
    complete: recording.complete,
    tasks: recording.tasks.map((run): DiffTask => {
      const { task, parent, program } = run.facts;
      const partner = partners.get(run);
      return {
        task: taskId(task),
        name: nameOf(run),
        tickDriven: tickDriven.has(run),
        ...(parent !== undefined && { parent }),
        ...(program !== undefined && { program }),
        ...(partner !== undefined && { partner }),
      };
    }),
  };
}

function foldedLines(a: Recording, b: Recording): FoldedLine[] {
  return RULE_NAMES.map((rule) => ({ rule, a: a.folds.of(rule), b: b.folds.of(rule), says: RULES[rule].says })).filter(
    (line) => line.a + line.b > 0,
  );
}

function notesOn(a: OpenTrace, b: OpenTrace): string[] {
  const notes: string[] = [];
  const [left, right] = [a.session, b.session];
  const words = (side: readonly string[]): string => side.slice(1).join(' ') || 'none';
  if (words(left.arguments) !== words(right.arguments)) {
    notes.push(`the guest's arguments differ: ${words(left.arguments)} in A, ${words(right.arguments)} in B`);
  }
  // Logs do not tell these.
  const areTold = left.imported === undefined && right.imported === undefined;
  const environment = areTold ? differingVariables(left.environment, right.environment) : [];
  if (environment.length > 0) notes.push(`the guest's environment differs: ${environment.join(', ')}`);
  if (areTold && left.workingFolder !== right.workingFolder) notes.push(`the working folder differs: ${left.workingFolder} in A, ${right.workingFolder} in B`);
  for (const [side, { complete, session }] of [['A', a], ['B', b]] as const) {
    if (session.imported) notes.push(`${side} was imported: what its log does not show is no difference in behaviour, but may look like one`);
    if (!complete) notes.push(`${side} was cut short: the comparison ends there`);
  }
  return notes;
}

function differingVariables(a: readonly string[], b: readonly string[]): string[] {
  const [inA, inB] = [new Set(a), new Set(b)];
  const names = [...a.filter((each) => !inB.has(each)), ...b.filter((each) => !inA.has(each))].map((each) => each.split('=')[0]!);
  return [...new Set(names)].sort();
}

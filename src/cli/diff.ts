/** `portrace diff`: what a guest did otherwise on another host. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { Trouble } from '../base/errors.js';
import { diffTraces, isRule, parseExpectations, RULE_NAMES, writeExpectations, type DiffOptions, type DiffReport, type RuleName } from '../diff/index.js';
import { showDiff } from '../show/diff.js';
import { diffHtml, type EventLines } from '../show/diff-html.js';
import { diffJson } from '../show/diff-json.js';
import { diffJunit } from '../show/diff-junit.js';
import { eventLines } from '../show/event-lines.js';
import { rowNamed, signalNamed } from '../syscalls/index.js';
import { TraceReader } from '../trace/index.js';
import { printPaged } from './pager.js';
import { print, wantsColour } from './standard-output.js';

/** Exit statuses, as diff(1) has them; trouble is 2. */
const SAME = 0;
const DIFFERENT = 1;

interface Arguments {
  readonly a: string;
  readonly b: string;
  readonly json: boolean;
  readonly junit?: string | undefined;
  readonly html?: string | undefined;
  readonly expect?: string | undefined;
  readonly writeExpect?: string | undefined;
  readonly task?: readonly number[] | undefined;
  readonly ignore?: readonly string[] | undefined;
  readonly compare?: readonly string[] | undefined;
  readonly context: number;
}

/** Compares two trace files and prints the report; gives the exit status. */
export async function diff(options: Arguments): Promise<number> {
  const report = compareFiles(options);
  const { junit, writeExpect } = options;
  if (junit !== undefined) write(junit, diffJunit(report));
  if (writeExpect !== undefined) write(writeExpect, writeExpectations([...report.findings, ...report.expected]));
  if (options.json) await print([diffJson(report)]);
  else await printPaged(showDiff(report, { colour: wantsColour() }));
  return report.same ? SAME : DIFFERENT;
}

function compareFiles(options: Arguments): DiffReport {
  const chosen = diffOptions(options);
  const left = TraceReader.open(options.a);
  try {
    const right = TraceReader.open(options.b);
    try {
      const report = diffTraces(left, right, chosen);
      if (options.html !== undefined) write(options.html, page(report, { a: left, b: right }));
      return report;
    } finally {
      right.close();
    }
  } finally {
    left.close();
  }
}

function page(report: DiffReport, traces: { readonly a: TraceReader; readonly b: TraceReader }): string {
  const findings = report.findings.flatMap((finding) => [finding, ...finding.consequences.map((each) => each.finding)]);
  const lines = (side: 'a' | 'b'): EventLines => eventLines(traces[side], findings.flatMap((each) => each[side].map(({ event }) => event)));
  return diffHtml(report, { a: lines('a'), b: lines('b') });
}

function diffOptions({ task, ignore = [], compare = [], context, expect }: Arguments): DiffOptions {
  if (!Number.isSafeInteger(context) || context < 0) throw new Trouble('usage', 'diff: --context takes a number from 0 on');
  for (const number of task ?? []) {
    if (!Number.isSafeInteger(number) || number < 1) throw new Trouble('usage', 'diff: --task takes a number from 1 on');
  }
  return {
    context,
    ignore: ignore.filter(isRule),
    ignoreCalls: ignore.filter((name) => !isRule(name)).map(callName),
    compare: compare.map(ruleName),
    ...(task && { tasks: task }),
    ...(expect !== undefined && { expected: parseExpectations(read(expect), expect) }),
  };
}

function ruleName(name: string): RuleName {
  if (isRule(name)) return name;
  throw new Trouble('usage', `diff: there is no rule ${name}; the rules are ${RULE_NAMES.join(', ')}`);
}

function callName(name: string): string {
  if (rowNamed(name) !== undefined || signalNamed(name)) return name;
  throw new Trouble('usage', `diff: ${name} is no rule, system call or signal; the rules are ${RULE_NAMES.join(', ')}`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Trouble('usage', `diff: cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new Trouble('storage', `diff: cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}

export const diffCommand: CommandModule<object, Arguments> = {
  command: 'diff <a> <b>',
  describe: 'Tell what a guest did otherwise in another recording',
  builder: (yargs) =>
    yargs
      .positional('a', { type: 'string', demandOption: true, describe: 'Trace file' })
      .positional('b', { type: 'string', demandOption: true, describe: 'Trace file to compare it with' })
      .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
      .option('junit', { type: 'string', requiresArg: true, describe: 'Write a JUnit report to this file' })
      .option('html', { type: 'string', requiresArg: true, describe: 'Write a page for a browser to this file' })
      .option('expect', { type: 'string', requiresArg: true, describe: 'Leave out the differences that this file lists' })
      .option('write-expect', { type: 'string', requiresArg: true, describe: 'Write a file that lists all differences' })
      .option('task', { type: 'number', array: true, requiresArg: true, describe: 'Only these tasks of the first trace' })
      .option('ignore', { type: 'string', array: true, requiresArg: true, describe: 'Rules to apply as well, or calls and signals to leave out' })
      .option('compare', { type: 'string', array: true, requiresArg: true, describe: 'Default rules not to apply' })
      .option('context', { type: 'number', default: 3, requiresArg: true, describe: 'Steps to show before each difference' })
      .example('portrace diff linux.trace gvisor.trace', 'Tell what is different on gVisor')
      .strict(),
  handler: async (options) => {
    process.exitCode = await diff(options);
  },
};

/** `portrace test`: golden traces in continuous integration. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { CommandModule } from 'yargs';
import { Trouble } from '../base/errors.js';
import { annotations, findCases, listLines, listSummary, runCases, tapHeader, tapLines, testJunit, type CaseResult, type Mode, type TestCase } from '../cases/index.js';

interface Arguments {
  readonly paths?: readonly string[];
  readonly record: boolean;
  readonly update: boolean;
  readonly junit?: string | undefined;
  readonly jobs?: number | undefined;
  readonly json: boolean;
  readonly port?: string | undefined;
  readonly artifacts?: string | undefined;
}

/** Exit statuses: all passed, one failed, one could not be run. */
const STATUS = { pass: 0, fail: 1, trouble: 2 } as const;

const DEFAULT_FOLDER = 'traces';

/** Runs the cases and reports them as they come; gives the exit status. */
async function runTest({ paths = [], record, update, junit, jobs, json, port, artifacts }: Arguments): Promise<number> {
  if (record && update) throw new Trouble('usage', 'test: --record compares with golden traces, --update replaces them; say one of them');
  const atOnce = jobsOf(jobs);
  const cases = findCases(paths.length === 0 ? [DEFAULT_FOLDER] : paths, port);
  const mode: Mode = update ? 'update' : record ? 'record' : 'replay';
  const report = json ? SILENT : process.stdout.isTTY ? LIST : tap(cases);
  // Ends by itself, so that what it started ends with it.
  for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143]] as const) process.once(signal, () => process.exit(status));
  report.begin();
  const results = await runCases(cases, {
    mode,
    jobs: atOnce,
    onResult: report.result,
    ...(artifacts !== undefined && { artifacts }),
  });
  report.end(results);
  if (json) say([JSON.stringify({ mode, cases: results }, null, 2)]);
  if (junit !== undefined) write(junit, testJunit(results));
  if (process.env.GITHUB_ACTIONS === 'true') for (const line of annotations(results)) process.stderr.write(`${line}\n`);
  return Math.max(...results.map(({ outcome }) => STATUS[outcome]));
}

function jobsOf(jobs: number | undefined): number {
  if (jobs === undefined) return availableParallelism();
  if (Number.isSafeInteger(jobs) && jobs >= 1) return jobs;
  throw new Trouble('usage', 'test: --jobs takes a number from 1 on');
}

interface Report {
  begin(): void;
  readonly result: (result: CaseResult) => void;
  end(results: readonly CaseResult[]): void;
}

const SILENT: Report = { begin: () => undefined, result: () => undefined, end: () => undefined };

const LIST: Report = {
  begin: () => undefined,
  // no-color.org
  result: (result) => say(listLines(result, !process.env.NO_COLOR)),
  end: (results) => say([listSummary(results)]),
};

function tap(cases: readonly TestCase[]): Report {
  let number = 0;
  return {
    begin: () => say(tapHeader(cases.length)),
    result: (result) => say(tapLines(result, ++number)),
    end: (results) => say([`# ${listSummary(results)}`]),
  };
}

const say = (lines: readonly string[]): void => void process.stdout.write(lines.map((line) => `${line}\n`).join(''));

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new Trouble('storage', `test: cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}

export const testCommand: CommandModule<object, Arguments> = {
  command: 'test [paths..]',
  describe: 'Replay golden traces, or record their guests again and compare',
  builder: (yargs) =>
    yargs
      .positional('paths', { type: 'string', array: true, describe: 'Folders with cases, case files, traces [default: traces]' })
      .option('record', { type: 'boolean', default: false, describe: 'Record each guest on this host and compare it with its golden trace' })
      .option('update', { type: 'boolean', default: false, describe: 'Record each guest on this host and replace golden traces that differ' })
      .option('junit', { type: 'string', requiresArg: true, describe: 'Write a JUnit report to this file' })
      .option('jobs', { type: 'number', requiresArg: true, describe: 'How many cases at a time [default: one a processor]' })
      .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
      .option('port', { type: 'string', requiresArg: true, describe: 'Label of this host port: expected.PORT.txt counts too' })
      .option('artifacts', { type: 'string', requiresArg: true, describe: 'Keep recordings that differ, with a report, in this folder' })
      .example('portrace test', 'Replay all golden traces below traces/')
      .example('portrace test --record --port gvisor --junit report.xml', 'Record on this host, compare, report')
      .strict() as never,
  handler: async (options) => {
    process.exitCode = await runTest(options);
  },
};

/** Records a case's guest again and compares it with the golden trace. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Trouble } from '../base/errors.js';
import { diffTraces, parseExpectations, writeExpectations, type DiffReport } from '../diff/index.js';
import { diffHtml, type EventLines } from '../show/diff-html.js';
import { showDiff } from '../show/diff.js';
import { eventLines } from '../show/event-lines.js';
import { TraceReader } from '../trace/index.js';
import type { Recipe, TestCase } from './case.js';
import { recipeOf, recordGuest } from './record-guest.js';
import type { Verdict } from './run-cases.js';

/**
 * Passes where nothing differs but what is expected. What differs is kept in the folder `artifacts`:
 * NAME.trace, NAME.html, and NAME.expected.txt, which would accept all of it.
 */
export async function compareAgain(test: TestCase, artifacts: string | undefined): Promise<Verdict> {
  const recipe = recipeOf(test);
  return withFolder(async (folder) => {
    const again = join(folder, 'again.trace');
    await recordGuest(test, again);
    return comparing(test.trace, again, (golden, recorded) => {
      const report = diffTraces(golden, recorded, diffOptions(recipe));
      if (!report.same && artifacts !== undefined) {
        keep(report, { golden, recorded, path: again, to: join(artifacts, test.name.replaceAll('/', '-')) });
      }
      return verdictOf(report);
    });
  });
}

/** Runs something in a temporary folder. */
export async function withFolder<Result>(run: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'portrace-'));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Opens two traces and closes them again. */
export function comparing<Result>(a: string, b: string, run: (a: TraceReader, b: TraceReader) => Result): Result {
  const left = TraceReader.open(a);
  try {
    const right = TraceReader.open(b);
    try {
      return run(left, right);
    } finally {
      right.close();
    }
  } finally {
    left.close();
  }
}

export function diffOptions({ expect, ignore, ignoreCalls }: Recipe): Parameters<typeof diffTraces>[2] {
  const expected = new Set(expect.flatMap((path) => [...parseExpectations(read(path), path)]));
  return { expected, ignore, ignoreCalls };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Trouble('usage', `cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function verdictOf(report: DiffReport): Verdict {
  const { same, findings, gone } = report;
  const [first] = findings;
  if (same) return { outcome: 'pass', ...(gone.length > 0 && { headline: `expected, but gone: ${gone.join('; ')}` }), details: [] };
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  return { outcome: 'fail', headline: `${first!.headline}${more}`, details: showDiff(report) };
}

interface Kept {
  readonly golden: TraceReader;
  readonly recorded: TraceReader;
  readonly path: string;
  /** Without its ending. */
  readonly to: string;
}

function keep(report: DiffReport, { golden, recorded, path, to }: Kept): void {
  const steps = report.findings.flatMap((finding) => [finding, ...finding.consequences.map((each) => each.finding)]);
  const lines = (reader: TraceReader, side: 'a' | 'b'): EventLines => eventLines(reader, steps.flatMap((each) => each[side].map(({ event }) => event)));
  mkdirSync(join(to, '..'), { recursive: true });
  writeFileSync(`${to}.html`, diffHtml(report, { a: lines(golden, 'a'), b: lines(recorded, 'b') }));
  writeFileSync(`${to}.expected.txt`, writeExpectations([...report.findings, ...report.expected]));
  moveFile(path, `${to}.trace`);
}

/** Also to another file system. */
export function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    writeFileSync(to, readFileSync(from));
  }
}

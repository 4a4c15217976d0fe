/**
 * Each guest natively, under strace, recorded and replayed in turn, several rounds in one run, so that the
 * ratios hold whatever else the machine does; what a guest printed is checked every time. Writes the tables
 * of docs/performance.md: npm run bench -- [--rounds N] [--only NAME] [--no-write].
 */
import { mkdtempSync, readFileSync, rmSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CHECKOUT } from '../test/harness/folders.js';
import { portraceCommand } from '../test/harness/portrace.js';
import { choose, refuse, wholeNumber } from '../test/harness/tool-options.js';
import { measure, median, type Measured } from './measure.js';
import { isInstalled, ROWS, type Row } from './rows.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, only: { type: 'string' }, 'no-write': { type: 'boolean', default: false } },
});
const ROUNDS = wholeNumber('bench', 'rounds', values.rounds);
const chosen = choose('bench', ROWS, ({ name }) => name, values.only ?? '');

const REPORT = join(CHECKOUT, 'docs/performance.md');
const BEGIN = '<!-- npm run bench writes from here -->';
const END = '<!-- to here -->';
const MIB = 1 << 20;

interface Round {
  readonly native: Measured;
  readonly strace?: Measured;
  readonly record: Measured;
  readonly replay: Measured;
  readonly traceSize: number;
}

interface Result {
  readonly row: Row;
  readonly rounds: readonly Round[];
}

/** One command with the guest in it; the guest did its work. */
async function checked(row: Row, command: readonly string[], expected?: string): Promise<Measured> {
  const measured = await measure(command);
  const outcome = row.outcome?.(measured.stdout) ?? measured.stdout;
  if (measured.code === 0 && outcome === (expected ?? outcome)) return measured;
  throw new Error(`${row.name}: ${command.join(' ')}: exit code ${measured.code}\n${measured.stdout.slice(-2000)}\n${measured.stderr.slice(-2000)}`);
}

async function runRound(row: Row, folder: string): Promise<Round> {
  const work = join(folder, 'work');
  const trace = join(folder, 'bench.trace');
  const fresh = (): string[] => {
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work);
    return row.command(work);
  };
  // Not the first of all to read the files.
  await checked(row, fresh());
  const native = await checked(row, fresh());
  const expected = row.outcome?.(native.stdout) ?? native.stdout;
  const strace = row.withoutStrace ? undefined : await checked(row, ['taskset', '-c', '1', 'strace', '-f', '-o', join(folder, 'log'), ...fresh()], expected);
  const record = await checked(row, portraceCommand('record', '--force', '-o', trace, '--', ...fresh()), expected);
  const replay = await checked(row, portraceCommand('replay', trace), expected);
  if (replay.stdout !== record.stdout) throw new Error(`${row.name}: the replay printed something else than the recording`);
  return { native, ...(strace ? { strace } : {}), record, replay, traceSize: statSync(trace).size };
}

function middle({ rounds }: Result, pick: (round: Round) => number): number {
  return median(rounds.map(pick));
}

function tableLine(result: Result, nodePeak: number): string {
  const native = middle(result, ({ native }) => native.seconds);
  const record = middle(result, ({ record }) => record.seconds);
  const replay = middle(result, ({ replay }) => replay.seconds);
  const size = middle(result, ({ traceSize }) => traceSize) / MIB;
  const strace = result.row.withoutStrace ? undefined : middle(result, ({ strace }) => strace!.seconds);
  const peak = Math.max(...result.rounds.map(({ record }) => record.peak));
  return `| ${[
    result.row.name,
    native.toFixed(2),
    strace === undefined ? '(fails)' : (strace / native).toFixed(2),
    (record / native).toFixed(2),
    strace === undefined ? '' : (record / strace).toFixed(2),
    (replay / record).toFixed(2),
    size.toFixed(1),
    (size / record).toFixed(1),
    ((peak - nodePeak) / 1024).toFixed(0),
  ].join(' | ')} |`;
}

function report(results: readonly Result[], nodePeak: number): string {
  return `${ROUNDS} round${ROUNDS === 1 ? '' : 's'}, each native, under \`taskset -c 1 strace -f -o FILE\`, recorded and replayed in turn; medians.
Only the ratios mean something on another machine.

| guest | native (s) | strace / native | record / native | record / strace | replay / record | trace (MiB) | MiB per recorded s | recorder's peak memory above Node's (MiB) |
|---|---:|---:|---:|---:|---:|---:|---:|---:|
${results.map((result) => tableLine(result, nodePeak)).join('\n')}
| goal | | | User-Mode Linux 3, compute only 1.05 | 1 | 0.7 | User-Mode Linux 12 | 20 | 200 |

Measured on ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}, Node.js ${process.version}.`;
}

function writeReport(text: string): void {
  const page = readFileSync(REPORT, 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) refuse('bench', `${REPORT} has no place for the table`);
  writeFileSync(REPORT, `${page.slice(0, begin + BEGIN.length)}\n${text}\n${page.slice(end)}`);
}

const folder = mkdtempSync(join(tmpdir(), 'portrace-bench-'));
try {
  const nodePeak = (await measure([process.execPath, '-e', 'setTimeout(() => {}, 200)'])).peak;
  const results: Result[] = [];
  for (const row of chosen) {
    if (row.needs !== undefined && !isInstalled(row.needs)) {
      console.error(`bench: ${row.name}: left out, ${row.needs} is not installed`);
      continue;
    }
    const rounds: Round[] = [];
    for (let number = 1; number <= ROUNDS; number++) {
      const round = await runRound(row, folder);
      rounds.push(round);
      const seconds = [round.native, ...(round.strace ? [round.strace] : []), round.record, round.replay].map(({ seconds }) => seconds.toFixed(2));
      console.error(`${row.name}, round ${number}: ${seconds.join(', ')} s`);
    }
    results.push({ row, rounds });
  }
  const text = report(results, nodePeak);
  console.log(text);
  if (!values['no-write'] && values.only === undefined) writeReport(text);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * A User-Mode Linux boot to poweroff: native, recorded and replayed in turn, several rounds in one
 * run, so that the ratios hold whatever else the machine does. Writes docs/performance.md:
 * npm run bench -- [--rounds N] [--no-write].
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CHECKOUT } from '../test/harness/folders.js';
import { portraceCommand } from '../test/harness/portrace.js';
import { okLines, umlCommand } from '../test/harness/uml.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, 'no-write': { type: 'boolean', default: false } },
});
const ROUNDS = Number(values.rounds);
if (!Number.isInteger(ROUNDS) || ROUNDS < 1) {
  console.error(`bench: --rounds takes a whole number above 0, not '${values.rounds}'`);
  process.exit(2);
}

const EXPECTED = ['ok Linux 6', 'ok ls'];
const REPORT = join(CHECKOUT, 'docs/performance.md');

interface Measured {
  readonly seconds: number;
  readonly stdout: string;
  /** Peak resident memory of the process itself, without its children. KiB. */
  readonly peak: number;
}

/** Runs a command to its end. Throws where it fails or the guest said something else than it must. */
async function measure(command: readonly string[]): Promise<Measured> {
  const started = performance.now();
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  const pieces: Buffer[] = [];
  const errors: Buffer[] = [];
  let peak = 0;
  // VmHWM only ever grows, so looking at it now and then is enough but for the last moments.
  const watch = setInterval(() => (peak = Math.max(peak, peakOf(child.pid!))), 20);
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  child.stderr.on('data', (piece: Buffer) => errors.push(piece));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearInterval(watch);
  const seconds = (performance.now() - started) / 1000;
  const stdout = Buffer.concat(pieces).toString();
  if (code !== 0 || okLines(stdout).join() !== EXPECTED.join()) {
    throw new Error(`${command.join(' ')}: exit code ${code}\n${stdout}\n${Buffer.concat(errors).toString()}`);
  }
  return { seconds, stdout, peak };
}

function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

interface Round {
  readonly native: Measured;
  readonly record: Measured;
  readonly replay: Measured;
  readonly traceSize: number;
}

async function runRound(folder: string): Promise<Round> {
  const guest = umlCommand({ init: 'boot-init.sh' });
  const trace = join(folder, 'bench.trace');
  const native = await measure(guest);
  const record = await measure(portraceCommand('record', '--force', '-o', trace, '--', ...guest));
  const replay = await measure(portraceCommand('replay', trace));
  if (replay.stdout !== record.stdout) throw new Error('the replay printed something else than the recording');
  return { native, record, replay, traceSize: statSync(trace).size };
}

function report(rounds: readonly Round[]): string {
  const seconds = (pick: (round: Round) => Measured): number[] => rounds.map((round) => pick(round).seconds);
  const native = median(seconds((round) => round.native));
  const line = (name: string, times: number[]): string =>
    `| ${name} | ${median(times).toFixed(2)} | ${Math.min(...times).toFixed(2)} … ${Math.max(...times).toFixed(2)} | ${(median(times) / native).toFixed(2)} |`;
  const recorded = median(seconds((round) => round.record));
  const replayed = median(seconds((round) => round.replay));
  const mebibytes = (bytes: number): string => (bytes / (1 << 20)).toFixed(1);
  const size = median(rounds.map(({ traceSize }) => traceSize));
  const peak = Math.max(...rounds.map(({ record }) => record.peak));
  return `# Performance

Made by \`npm run bench\`: a User-Mode Linux kernel boots from the host's files, runs three commands
and powers off (test/uml/boot-init.sh). ${rounds.length} rounds, each native, recorded and replayed in turn; what the
guest printed was checked every time. Only the ratios mean something on another machine.

| | median (s) | range (s) | times native |
|---|---:|---:|---:|
${line('native', seconds((round) => round.native))}
${line('record', seconds((round) => round.record))}
${line('replay', seconds((round) => round.replay))}

| what | measured | goal |
|---|---:|---:|
| recording, times native | ${(recorded / native).toFixed(2)} | ≤ 3 |
| replay, times recording | ${(replayed / recorded).toFixed(2)} | ≤ 1 |
| trace (MiB) | ${mebibytes(size)} | ≤ 12 |
| peak memory of the recorder (MiB) | ${mebibytes(peak * 1024)} | bounded |

Measured on ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}, Node.js ${process.version}.
`;
}

const folder = mkdtempSync(join(tmpdir(), 'portrace-bench-'));
try {
  const rounds: Round[] = [];
  for (let number = 1; number <= ROUNDS; number++) {
    const round = await runRound(folder);
    rounds.push(round);
    console.log(
      `round ${number}: native ${round.native.seconds.toFixed(2)} s, record ${round.record.seconds.toFixed(2)} s, replay ${round.replay.seconds.toFixed(2)} s`,
    );
  }
  const text = report(rounds);
  console.log(`\n${text}`);
  if (!values['no-write']) {
    mkdirSync(join(CHECKOUT, 'docs'), { recursive: true });
    writeFileSync(REPORT, text);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

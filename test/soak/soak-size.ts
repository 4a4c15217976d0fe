/**
 * Records and replays guests of sizes that no test has time for: npm run soak:size -- [--only TEXT] [--seconds N].
 * Recorder and replayer stay below a bound of memory, whatever went through the guest. Exits with 1 when
 * anything went otherwise than it should. It needs about 6 GB in the folder for temporary files.
 */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measure, type Measured } from '../../bench/measure.js';
import { temporaryFolder } from '../harness/folders.js';
import { portraceCommand } from '../harness/portrace.js';
import { withScope } from '../harness/scope.js';
import { choose, wholeNumber } from '../harness/tool-options.js';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, seconds: { type: 'string', default: '3600' } },
});
const SECONDS = wholeNumber('soak-size', 'seconds', values.seconds);

/** Peak resident memory of portrace, in recording and in replay. MiB. */
const MOST = 400;
const MIB = 1024;

interface Size {
  readonly title: string;
  /** The guest; the folder holds `data`, 2 GB in which every megabyte is another. */
  readonly command: (folder: string) => readonly string[];
  readonly withData?: boolean;
  /** What it prints; without it, what it prints natively. */
  readonly prints?: string;
}

/** Half of each megabyte cannot be packed. */
const DATA = `
import hashlib, sys
with open(sys.argv[1], 'wb') as out:
    for piece in range(2000):
        noise = hashlib.shake_128(b'%d' % piece).digest(500000)
        out.write(noise + (b'%08d ' % piece) * 55555 + bytes(5))
`;

const SIZES: readonly Size[] = [
  { title: 'two gigabytes read from a file', withData: true, command: (folder) => ['md5sum', join(folder, 'data')] },
  { title: '500 MB through a pipe', withData: true, command: (folder) => ['sh', '-c', 'head -c 500000000 "$1" | md5sum', 'sh', join(folder, 'data')] },
  { title: 'two million events', command: () => ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=1', 'count=1000000', 'status=none'] },
  {
    title: '64 processes at once',
    command: () => ['bash', '-c', 'for i in $(seq 64); do (for j in $(seq 200); do read -r line < /proc/self/stat; done; exit $((i % 8))) & jobs="$jobs $!"; done; sum=0; for job in $jobs; do wait $job; sum=$((sum + $?)); done; echo $sum'],
  },
  {
    title: `a guest that runs for ${SECONDS} seconds`,
    prints: 'done\n',
    command: () => ['bash', '-c', `end=$((SECONDS + ${SECONDS})); n=0; while [ $SECONDS -lt $end ]; do sleep 0.1; n=$((n + 1)); done; [ $n -gt 0 ] && echo done`],
  },
];

function verdict(what: string, measured: Measured, stdout: string): string[] {
  const peak = measured.peak / MIB;
  return [
    ...(measured.code === 0 ? [] : [`${what}: exit code ${measured.code}\n${measured.stderr.slice(-2000)}`]),
    ...(measured.stdout === stdout ? [] : [`${what}: printed something else`]),
    ...(peak <= MOST ? [] : [`${what}: ${peak.toFixed(0)} MiB of memory, more than ${MOST}`]),
  ];
}

let failures = 0;
for (const { title, command, withData, prints } of choose('soak-size', SIZES, (size) => size.title, values.only)) {
  await withScope(async (scope) => {
    const folder = temporaryFolder(scope);
    if (withData) execFileSync('python3', ['-c', DATA, join(folder, 'data')]);
    const expected = prints ?? (await measure(command(folder))).stdout;
    const trace = join(folder, 'soak.trace');
    const recorded = await measure(portraceCommand('record', '-o', trace, '--', ...command(folder)));
    const problems = verdict('recording', recorded, expected);
    const replayed = problems.length === 0 ? await measure(portraceCommand('replay', trace)) : undefined;
    if (replayed) problems.push(...verdict('replay', replayed, expected));
    failures += problems.length;
    const facts = [recorded, ...(replayed ? [replayed] : [])].map(({ seconds, peak }) => `${seconds.toFixed(0)} s, ${(peak / MIB).toFixed(0)} MiB`);
    const size = (statSync(trace).size / MIB / MIB).toFixed(0);
    console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${title}: recorded in ${facts.join('; replayed in ')}; trace ${size} MiB`);
    for (const problem of problems) console.log(problem);
  });
}
console.log(failures === 0 ? 'all sizes went through' : `${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;

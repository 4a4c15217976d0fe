/**
 * `node dist/test/show/strace-measure.js [N [FOLDER]]`: how many lines of `portrace show` are strace's, and the N most
 * frequent that are not; with the logs of a folder that an earlier measure made.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StraceLines } from '../../src/show/strace-lines.js';
import { TraceReader } from '../../src/trace/index.js';
import { underPortrace, underStrace } from './strace-both.js';
import { compare } from './strace-normal.js';

const most = Number(process.argv[2] ?? 40);
const folder = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'strace-measure-'));
if (process.argv[3] === undefined) {
  underStrace(folder);
  underPortrace(folder);
}
const strace = readFileSync(join(folder, 'programs.strace'), 'latin1');
const reader = TraceReader.open(join(folder, 'programs.trace'));
const lines = new StraceLines(reader, { pids: true });
const ours: string[] = [];
for (const event of reader.events()) ours.push(...lines.take(event));
ours.push(...lines.end());
const { equal, lines: all, differences } = compare(strace, ours.join('\n'));
const counts = new Map<string, number>();
for (const { strace: theirs, portrace } of differences) {
  for (let index = 0; index < Math.max(theirs.length, portrace.length); index++) {
    const text = `  strace    ${theirs[index] ?? '-'}\n  portrace  ${portrace[index] ?? '-'}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
}
for (const [text, count] of [...counts].sort((a, b) => b[1] - a[1]).slice(0, most)) console.log(`${count}\n${text}`);
console.log(`${equal} of ${all} lines equal: ${((100 * equal) / all).toFixed(2)} %; ${folder}`);

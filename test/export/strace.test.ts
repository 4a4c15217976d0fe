/** Lines of strace, read back by `portrace import`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { diffTraces, importLog, openTrace } from '../../src/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { eventsOf, exported, golden, GOLDEN } from './exported.js';

const strace = (path: string, selection: { from?: number; to?: number; tasks?: number[] } = {}): string[] =>
  exported(path, { format: 'strace', ...selection }).toString().trimEnd().split('\n');

/** The trace that is made of the lines; none of them may be lost. */
function imported(t: ExecutionContext, lines: readonly string[]): string {
  const folder = temporaryFolder(t);
  const [log, output] = [join(folder, 'guest.log'), join(folder, 'guest.trace')];
  writeFileSync(log, lines.map((line) => `${line}\n`).join(''));
  const { tool, counts } = importLog({ log, output });
  t.is(tool, 'strace');
  t.like(counts, { lines: lines.length, badLines: 0, otherLines: 0 }, JSON.stringify(counts.firstBad));
  return output;
}

/** Time, duration and the remark about a tracer are not in a trace that was imported. */
const bare = (line: string): string => line.replace(/^(\d+) \d+\.\d{6} /, '$1 ').replace(/ <(?:\d+\.\d{6}|stopped for its tracer)>$/, '');

/** The part of a line that an import can know: it makes addresses up, and counts no environment. */
const known = (line: string): string =>
  bare(line).replace(/0x[0-9a-f]+ \/\* \d+ vars? \*\//, (text) => (text.startsWith('0x0 ') ? 'NULL' : text.split(' ')[0]!)).replace(/0x[0-9a-f]{5,}/g, 'ADDRESS');

for (const name of GOLDEN) {
  test(`${name}: an import reads every line, and finds the calls, signals and ends in order`, (t) => {
    const lines = strace(golden(name));
    const events = eventsOf(golden(name)).filter(({ kind }) => ['syscall', 'enter', 'leave', 'signal', 'exit'].includes(kind));
    const back = eventsOf(imported(t, lines));
    const factsOf = ({ kind, syscall, signal, exit, task }: (typeof back)[number]): unknown[] => [kind, task, syscall?.number, syscall?.result, signal?.number, exit?.status];
    t.deepEqual(back.map(factsOf), events.map(factsOf));
  });

  test(`${name}: what was imported is exported again in the same words`, (t) => {
    const lines = strace(golden(name));
    const first = imported(t, lines);
    const again = strace(first);
    t.deepEqual(again.map(known), lines.map(known));
    const readers = [first, imported(t, again)].map((path) => openTrace(path));
    t.teardown(() => readers.forEach((reader) => reader.close()));
    t.deepEqual(diffTraces(readers[0]!, readers[1]!).findings, []);
  });
}

test('times are those of the entry, durations those of the call', (t) => {
  const events = eventsOf(golden('processes'));
  const reader = openTrace(golden('processes'));
  t.teardown(() => reader.close());
  const start = Date.parse(reader.session.startedAt) / 1000;
  const leave = events.find(({ kind }) => kind === 'leave')!;
  const enter = events[leave.syscall!.entered! - 1]!;
  const [, seconds, duration] = /^\d+ (\d+\.\d{6}) <\.\.\. \w+ resumed>.* <(\d+\.\d{6})>$/.exec(strace(golden('processes')).find((line) => / resumed>.*\d>$/.test(line))!)!;
  t.true(Math.abs(Number(seconds) - start - leave.time / 1e9) < 2e-6);
  t.true(Math.abs(Number(duration) - (leave.time - enter.time) / 1e9) < 2e-6);
});

test('the first line starts the program of the command line', (t) => {
  const { session } = openTrace(golden('files'));
  t.true(strace(golden('files'))[0]!.includes(` execve("`) && strace(golden('files'))[0]!.includes(`["${session.arguments[0]}"`));
});

test('a choice of tasks and of events', (t) => {
  const all = strace(golden('processes'));
  const reader = openTrace(golden('processes'));
  t.teardown(() => reader.close());
  const { pid } = reader.tasks()[1]!;
  t.deepEqual(strace(golden('processes'), { tasks: [2] }), all.filter((line) => line.startsWith(`${pid} `)));
  const events = eventsOf(golden('processes'));
  const leave = events.find(({ kind }) => kind === 'leave')!;
  const [line] = strace(golden('processes'), { from: leave.index, to: leave.index });
  t.regex(line!, / <\.\.\. \w+ resumed>.+\) = /);
  imported(t, [line!]);
});

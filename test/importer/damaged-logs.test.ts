/** Logs with lines that are cut, mixed up or changed: whatever they say, there is a trace that can be read. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { diffTraces } from '../../src/diff/index.js';
import { importLog } from '../../src/importer/index.js';
import { showEvent } from '../../src/show/event.js';
import { TraceReader } from '../../src/trace/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { run } from '../harness/run.js';
import { Generator } from '../trace/generated.js';

const SCRIPT = 'ls / | tail -n 2; (exit 3); kill -USR1 $$';
const ROUNDS = 12;
/** Lines that are tried: the rest of a log looks the same. */
const LINES = 800;

/** The line with a piece less, a byte more, or the end of another one. */
function damaged(line: string, others: readonly string[], generator: Generator): string {
  const at = generator.number(line.length + 1);
  const end = at + generator.number(line.length - at + 1);
  const ways = [
    () => line.slice(0, at),
    () => line.slice(0, at) + line.slice(end),
    () => `${line.slice(0, at)}${String.fromCharCode(generator.number(256))}${line.slice(at)}`,
    () => line.slice(0, at) + others[generator.number(others.length)]!.slice(generator.number(40)),
    () => line.replace(/\d+/, () => `${generator.long()}`),
  ];
  return ways[generator.number(ways.length)]!();
}

function tryDamage(t: ExecutionContext, log: string): void {
  const lines = readFileSync(log, 'latin1').split('\n').slice(0, LINES);
  const generator = new Generator(4);
  const folder = temporaryFolder(t);
  const [copy, trace] = [join(folder, 'damaged.log'), join(folder, 'damaged.trace')];
  let bad = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const changed = lines.map((line) => (generator.number(5) === 0 ? damaged(line, lines, generator) : line)).filter(() => generator.number(50) > 0);
    writeFileSync(copy, changed.join('\n'), 'latin1');
    bad += importLog({ log: copy, output: trace, force: true }).counts.badLines;
    const [reader, again] = [TraceReader.open(trace), TraceReader.open(trace)];
    for (const event of reader.events()) showEvent(event);
    t.deepEqual(diffTraces(reader, again).findings, [], `round ${round}`);
    reader.close();
    again.close();
  }
  t.true(bad > ROUNDS, `${bad} bad lines`);
}

test('damaged logs of strace', async (t) => {
  const log = join(temporaryFolder(t), 'guest.log');
  await run(t, ['strace', '-f', '-ttt', '-y', '-o', log, 'sh', '-c', SCRIPT]);
  tryDamage(t, log);
});

test('damaged logs of gVisor', async (t) => {
  const folder = join(temporaryFolder(t), 'logs');
  mkdirSync(folder);
  await run(t, ['runsc', '--debug', `--debug-log=${folder}/`, '--strace', '--network=none', '--platform=ptrace', 'do', '-force-overlay=false', 'sh', '-c', SCRIPT]);
  const name = readdirSync(folder).find((each) => each.includes('.boot'));
  const lines = readFileSync(join(folder, name!), 'latin1').split('\n').filter((line) => /\b(strace|task_\w+)\.go/.test(line));
  const log = join(folder, 'guest.log');
  writeFileSync(log, lines.join('\n'), 'latin1');
  tryDamage(t, log);
});

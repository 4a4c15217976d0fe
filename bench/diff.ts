/**
 * Compares two made-up traces of a million events each, one of which a host changed in places:
 * npm run bench:diff -- [--events N] [--change-every N].
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { diffTraces, openTrace } from '../src/index.js';
import { writeLongTrace } from '../test/harness/long-trace.js';

const { values } = parseArgs({
  options: { events: { type: 'string', default: '1000000' }, 'change-every': { type: 'string', default: '20000' } },
});
const events = Number(values.events);
const changeEvery = Number(values['change-every']);

const folder = mkdtempSync(join(tmpdir(), 'portrace-bench-'));
try {
  const [a, b] = [join(folder, 'a.trace'), join(folder, 'b.trace')];
  writeLongTrace(a, { events, seed: 1 });
  const changed = writeLongTrace(b, { events, seed: 1, changeEvery });
  const started = performance.now();
  const used = process.cpuUsage();
  const [left, right] = [openTrace(a), openTrace(b)];
  const { findings } = diffTraces(left, right);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(used);
  left.close();
  right.close();
  const peak = Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024;
  console.log(`${events} events on each side, ${changed} changed: ${findings.length} findings in ${seconds.toFixed(1)} s (goal 20; ${((user + system) / 1e6).toFixed(1)} s of processor time), peak memory ${peak.toFixed(0)} MiB (goal 1024)`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

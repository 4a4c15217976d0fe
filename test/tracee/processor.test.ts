/** Which processor a recording or a replay takes. */
import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { ANY_PROCESSOR, takeProcessor } from '../../src/tracee/index.js';

const openFiles = (): number => readdirSync('/proc/self/fd').length;

test('a process keeps the processor that it took, and no more than that', (t) => {
  const cpu = takeProcessor(ANY_PROCESSOR);
  t.true(cpu >= 0);
  const files = openFiles();
  for (let again = 0; again < 3; again++) t.is(takeProcessor(ANY_PROCESSOR), cpu);
  t.is(openFiles(), files);
  t.regex(readFileSync('/proc/self/status', 'latin1'), new RegExp(`^Cpus_allowed_list:\\t${cpu}$`, 'm'));
});

/** A User-Mode Linux boot, replayed with a kernel that is started anew: the recorded one, and a changed one. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { TraceReader, type TraceEvent } from '../../src/trace/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { portrace } from '../harness/portrace.js';
import { UML_KERNEL, umlCommand } from '../harness/uml.js';
import { recordUml } from '../harness/uml-record.js';

const SYS_TIMER_CREATE = 222;

/** The first event that the predicate holds for. */
function find(trace: string, holds: (event: TraceEvent) => boolean): TraceEvent {
  const reader = TraceReader.open(trace);
  try {
    for (const event of reader.events()) if (holds(event)) return event;
    throw new Error('no such event');
  } finally {
    reader.close();
  }
}

test('a kernel that is started anew gets through all that it tries out of its host; another one is told from it', async (t) => {
  const folder = temporaryFolder(t);
  const trace = join(folder, 'uml.trace');
  t.is((await recordUml(t, trace, umlCommand({ init: 'boot-init.sh' }))).code, 0);
  // From its timer on, a kernel's way depends on where the ticks come.
  const timer = find(trace, ({ syscall }) => syscall?.number === SYS_TIMER_CREATE);

  const same = await portrace(t, ['replay', trace, '--exe', UML_KERNEL]);
  t.regex(same.stderr, /^Checking that ptrace can change system call numbers\.\.\.OK$/m);
  t.regex(same.stderr, /^Checking PROT_EXEC mmap in \/dev\/shm\.\.\.OK$/m);
  if (same.code !== 0) {
    const at = /^portrace: diverged at event (\d+), task 1: /m.exec(same.stderr);
    t.truthy(at, same.stderr);
    t.true(Number(at?.[1]) > timer.index, same.stderr);
  }

  const changed = join(folder, 'linux.uml');
  const image = readFileSync(UML_KERNEL).toString('latin1');
  t.true(image.includes('/dev/shm\0'));
  writeFileSync(changed, image.replaceAll('/dev/shm\0', '/dev/shn\0'), 'latin1');
  chmodSync(changed, 0o755);
  const other = await portrace(t, ['replay', trace, '--exe', changed]);
  t.is(other.code, 1);
  t.regex(other.stderr, /^portrace: diverged at event \d+, task 1: the new build does not ask for the same$/m);
  t.regex(other.stderr, /asked +write\(2, "Checking if \/dev\/shm is on tmpfs"\.\.\..* -> write\(2, "Checking if \/dev\/shn is on tmpfs"/);
});

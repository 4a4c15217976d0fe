/** A thread that records does without its time stamp counter now and then, of which nobody else must notice. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { record } from '../../src/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';

const MANY_CALLS = ['sh', '-c', 'i=0; while [ $i -lt 5000 ]; do i=$((i + 1)); : < /dev/null; done'];

test('clocks, children and threads of a process that records read the time stamp counter', async (t) => {
  const reader = guestProgram('rdtsc', { static: true });
  const answers: string[] = [];
  const times: number[] = [];
  const threads: Promise<unknown[]>[] = [];
  const look = (): void => {
    times.push(performance.now());
    threads.push(once(new Worker('for (let i = 0; i < 1000; i++) performance.now();', { eval: true }), 'exit'));
    answers.push(execFileSync(reader, { encoding: 'utf8' }));
  };
  record({
    guest: MANY_CALLS[0]!,
    arguments: MANY_CALLS.slice(1),
    output: join(temporaryFolder(t), 'a.trace'),
    onProgress: () => {
      if (answers.length < 3) look();
    },
  });
  const during = answers.length;
  t.true(during > 0);
  look();
  t.is(answers.length, during + 1);
  for (const answer of answers) t.regex(answer, /^ok /);
  t.deepEqual(times, [...times].sort((a, b) => a - b));
  for (const end of await Promise.all(threads)) t.deepEqual(end, [0]);
});

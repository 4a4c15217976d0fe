/** A thread that records does without its time stamp counter now and then, of which nobody else must notice. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { record } from '../../src/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';

test('clocks, children and threads of a process that records read the time stamp counter', async (t) => {
  const reader = guestProgram('rdtsc', { static: true });
  const answers: string[] = [];
  const times: number[] = [];
  let thread: Worker | undefined;
  const look = (): void => {
    times.push(performance.now());
    answers.push(execFileSync(reader, { encoding: 'utf8' }));
  };
  record({
    guest: '/bin/true',
    output: join(temporaryFolder(t), 'a.trace'),
    environment: [],
    onProgress: ({ events }) => {
      if (events < 5 || answers.length >= 3) return;
      thread ??= new Worker('for (let i = 0; i < 1000; i++) performance.now();', { eval: true });
      look();
    },
  });
  look();
  t.is(answers.length, 4);
  for (const answer of answers) t.regex(answer, /^ok /);
  t.deepEqual(times, [...times].sort((a, b) => a - b));
  t.deepEqual(await once(thread!, 'exit'), [0]);
});

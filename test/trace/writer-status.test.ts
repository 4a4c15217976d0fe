import { Worker } from 'node:worker_threads';
import test from 'ava';
import { WriterStatus } from '../../src/trace/writer-status.js';

const STATUS = new URL('../../src/trace/writer-status.js', import.meta.url);

/** A thread that says that it started, does something, and is gone. */
function threadThat(does: string): WriterStatus {
  const status = new WriterStatus();
  const script = `
    import('${STATUS.href}').then(({ WriterStatus }) => {
      const status = new WriterStatus(require('node:worker_threads').workerData);
      status.started();
      ${does};
    });`;
  new Worker(script, { eval: true, workerData: status.memory }).on('error', () => undefined);
  return status;
}

test('the end of a thread that says so is awaited', (t) => {
  const status = threadThat('status.bytesWritten = 2 ** 40; status.end()');
  t.notThrows(() => status.awaitEnd());
  t.is(status.bytesWritten, 2 ** 40);
});

for (const death of ['process.exit(0)', 'throw new Error()']) {
  test(`a thread that dies without a word is not waited for: ${death}`, (t) => {
    t.throws(() => threadThat(death).awaitEnd(), { message: /thread that writes the trace is gone/ });
  });
}

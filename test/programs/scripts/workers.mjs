// An HTTP server and its client, workers with shared memory, a child process.
import { createServer, get } from 'node:http';
import { Worker } from 'node:worker_threads';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
const server = createServer((request, response) => response.end(`you asked for ${request.url}`));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const ask = (path) => new Promise((resolve, reject) => get({ port: server.address().port, host: '127.0.0.1', path }, (response) => {
  let text = ''; response.on('data', (part) => (text += part)); response.on('end', () => resolve(text));
}).on('error', reject));
console.log(await Promise.all(['/a', '/b', '/c'].map(ask)));
server.close();
const shared = new Int32Array(new SharedArrayBuffer(8));
const code = `const { workerData, parentPort } = require('worker_threads'); for (let i = 0; i < 1000; i++) Atomics.add(workerData, 0, 1);
  Atomics.notify(workerData, 1); parentPort.postMessage('done');`;
const workers = [1, 2, 3].map(() => new Worker(code, { eval: true, workerData: shared }));
console.log(await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve)))), shared[0]);
console.log((await promisify(execFile)('sh', ['-c', 'echo from a child'])).stdout.trim());

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { assertReplays, record } from '../harness/portrace.js';
import { start, type Running } from '../harness/run.js';

/** A UDP port on 127.0.0.1 that counts the datagrams it gets. */
async function listener(t: ExecutionContext): Promise<{ port: number; received: () => number }> {
  const socket = createSocket('udp4');
  let count = 0;
  socket.on('message', () => count++);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => {
    socket.close();
  });
  return { port: (socket.address() as AddressInfo).port, received: () => count };
}

/** A process that prints a line for each SIGUSR1, and answers on its standard input. */
async function target(t: ExecutionContext): Promise<Running> {
  const script = 'trap "echo signalled" USR1; echo ready; while read -r line; do echo "$line"; done';
  const process = start(t, ['/bin/bash', '-c', script]);
  await process.output((output) => output.includes('ready\n'));
  return process;
}

/** All signals that were sent before have been handled when the line is back. */
async function signalsOf(process: Running, line: string): Promise<number> {
  process.write(`${line}\n`);
  await process.output((output) => output.includes(`${line}\n`));
  return process.stdout.split('signalled\n').length - 1;
}

test('a replay writes no file, sends no datagram and signals nobody', async (t) => {
  const folder = temporaryFolder(t);
  const work = join(folder, 'work');
  const trace = join(folder, 'a.trace');
  mkdirSync(work);
  writeFileSync(join(work, 'victim'), 'to be renamed');
  writeFileSync(join(work, 'condemned'), 'to be removed');
  const udp = await listener(t);
  const signalled = await target(t);
  const command = [guestProgram('effects'), work, String(udp.port), String(signalled.pid)];

  const recorded = await record(t, trace, command);
  t.is(recorded.code, 0, recorded.stdout);
  t.deepEqual(readdirSync(work).sort(), ['folder', 'renamed', 'written']);
  t.is(readFileSync(join(work, 'written'), 'utf8'), 'one more line\n');
  t.is(await signalsOf(signalled, 'recorded'), 1);
  t.is(udp.received(), 1);

  // The state in which the guest's calls would have their effects once more.
  writeFileSync(join(work, 'victim'), 'to be renamed');
  writeFileSync(join(work, 'condemned'), 'to be removed');
  await assertReplays(t, trace, 3, recorded);
  t.true(existsSync(join(work, 'victim')) && existsSync(join(work, 'condemned')));
  t.is(readFileSync(join(work, 'written'), 'utf8'), 'one more line\n');
  t.is(await signalsOf(signalled, 'replayed'), 1);
  t.is(udp.received(), 1);
});

/** The guests that the benchmark runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../test/harness/folders.js';
import { guestProgram } from '../test/harness/guests.js';
import { okLines, umlCommand } from '../test/harness/uml.js';

export interface Row {
  readonly name: string;
  /** The guest, which may write into the folder; it is empty before each run. */
  command(folder: string): string[];
  /** Of what it printed, that which says that it did its work, the same in each run. */
  outcome?(stdout: string): string;
  /** strace -f cannot run it. */
  readonly withoutStrace?: boolean;
  /** A program that not every machine has. */
  readonly needs?: string;
}

const SOURCE = join(CHECKOUT, 'test/guests/process-memory.c');
const REQUESTS = 20000;

const REDIS = `
redis-server --port 0 --unixsocket "$1/socket" --save '' --daemonize no > "$1/log" &
until redis-cli -s "$1/socket" ping > "$1/ping" 2>&1 && grep -q PONG "$1/ping"; do :; done
redis-benchmark -s "$1/socket" -n ${REQUESTS} -t incr -q > "$1/benchmark"
redis-cli -s "$1/socket" get counter:__rand_int__
redis-cli -s "$1/socket" shutdown nosave
wait`;

export const ROWS: readonly Row[] = [
  { name: 'ls -R /usr', command: () => ['ls', '-R', '/usr'] },
  { name: 'cp -r /usr/include', command: (folder) => ['sh', '-c', 'cp -r /usr/include "$1/copy" && du -s --apparent-size --inodes "$1/copy" | cut -f 1', 'sh', folder] },
  { name: 'shell loop of 200 forks', command: () => ['sh', '-c', 'i=0; while [ $i -lt 200 ]; do /bin/true && i=$((i + 1)); done; echo $i'] },
  { name: 'gcc -O2', command: (folder) => ['gcc', '-D_GNU_SOURCE', '-O2', SOURCE, '-pthread', '-o', `${folder}/out`] },
  { name: 'git log -p', command: () => ['git', '--no-pager', '-C', CHECKOUT, 'log', '-p'] },
  { name: 'python3 start', command: () => ['/usr/bin/python3', '-c', 'import json; print(json.dumps(6 * 7))'] },
  { name: 'compute only', command: () => [guestProgram('compute'), '2400'] },
  { name: `redis, ${REQUESTS} requests`, needs: 'redis-server', command: (folder) => ['sh', '-c', REDIS, 'sh', folder] },
  { name: 'User-Mode Linux boot', withoutStrace: true, command: () => umlCommand({ init: 'boot-init.sh' }), outcome: (stdout) => okLines(stdout).join() },
];

/** Whether a program is in the search path. */
export function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

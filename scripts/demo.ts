/** What `npm start` shows: a User-Mode Linux session recorded, replayed, and looked at. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Compiled, this file is dist/scripts/demo.js.
const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const TRACE = 'uml-demo.trace';
const LINES_SHOWN = 12;

const GUEST = [
  'linux.uml',
  'mem=128M',
  'rootfstype=hostfs',
  'rootflags=/',
  'rw',
  `init=${CHECKOUT}scripts/demo-init.sh`,
  'con=null',
  'con0=fd:0,fd:1',
  'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
];

function heading(text: string): void {
  const line = `── ${text} `;
  console.log(`\n${line.padEnd(100, '─')}`);
}

/** Runs bin/portrace in sight of the user and gives its running time; ends the demo where it fails. */
function portrace(...args: string[]): number {
  const started = performance.now();
  const { status, signal, error } = spawnSync(process.execPath, [`${CHECKOUT}bin/portrace`, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) {
    console.error(`demo: portrace ${args[0]} failed: ${error?.message ?? signal ?? `exit status ${status}`}`);
    process.exit(status ?? 1);
  }
  return (performance.now() - started) / 1000;
}

function eventCount(): number {
  const { stdout } = spawnSync(process.execPath, [`${CHECKOUT}bin/portrace`, 'info', TRACE, '--json'], {
    maxBuffer: 1 << 26,
  });
  return (JSON.parse(stdout.toString()) as { events: number }).events;
}

heading(`recording a User-Mode Linux session into ${TRACE}`);
const recorded = portrace('record', '-o', TRACE, '--force', '--', ...GUEST);

heading('replaying it: the same instructions, the same output, none of its system calls');
const replayed = portrace('replay', TRACE);

heading('what the trace is about');
portrace('info', TRACE);

const events = eventCount();
const middle = Math.floor(events / 2);
heading(`a few of its ${events} events: the start, and the kernel running a process in the middle`);
portrace('show', TRACE, '--to', String(LINES_SHOWN));
console.log('⋮');
portrace('show', TRACE, '--from', String(middle), '--to', String(middle + LINES_SHOWN - 1));

const mebibytes = (statSync(TRACE).size / (1 << 20)).toFixed(1);
heading('done');
console.log(`recorded in ${recorded.toFixed(1)} s, replayed in ${replayed.toFixed(1)} s, trace of ${mebibytes} MiB`);
console.log(`try: bin/portrace show ${TRACE}                      every call, as strace prints it`);
console.log(`     bin/portrace stat ${TRACE}                      calls counted, as strace -c does`);
console.log(`     bin/portrace report ${TRACE} -o report.html     a page for a browser`);
console.log(`     bin/portrace replay ${TRACE} --verify memory`);

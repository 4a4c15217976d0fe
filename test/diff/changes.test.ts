/** Loud on change: the first finding names what a guest did otherwise. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { diffTraces, openTrace, type DiffReport } from '../../src/index.js';
import type { SignalFacts, TraceEvent } from '../../src/trace/index.js';
import { rowNamed } from '../../src/syscalls/index.js';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { forgeTrace, type Forgery } from '../harness/forged-trace.js';
import { guestProgram } from '../harness/guests.js';
import { record } from '../harness/portrace.js';
import { run } from '../harness/run.js';
import { withScope } from '../harness/scope.js';
import { TRACING_GUESTS } from '../harness/guest-list.js';

/** Variants of test/guests/variants.c, each with the call that it changes. */
const VARIANTS: Readonly<Record<string, string>> = {
  'open-flag': 'openat',
  'read-size': 'read',
  'lseek-offset': 'lseek',
  'pread-offset': 'pread64',
  'fcntl-flag': 'fcntl',
  'other-path': 'openat',
  'access-mode': 'access',
  umask: 'umask',
  'mkdir-mode': 'mkdir',
  'create-mode': 'openat',
  'write-byte': 'write',
  'writev-part': 'writev',
  'pwrite-offset': 'pwrite64',
  'truncate-length': 'ftruncate',
  'fsync-missing': 'fsync',
  'rename-target': 'rename',
  'rmdir-missing': 'rmdir',
  'chdir-path': 'chdir',
  'mmap-size': 'mmap',
  'mmap-protection': 'mmap',
  'mmap-sharing': 'mmap',
  'mprotect-place': 'mprotect',
  'madvise-advice': 'madvise',
  'munmap-place': 'munmap',
  'memfd-flag': 'memfd_create',
  'map-offset': 'mmap',
  'sigaction-flag': 'rt_sigaction',
  'signal-missing': 'kill',
  'other-signal': 'kill',
  'mask-signal': 'rt_sigprocmask',
  'clone-flag': 'clone',
  'child-call': 'getppid',
  'child-status': 'exit_group',
  'wait-flag': 'wait4',
  'child-missing': 'clone',
  'thread-name': 'prctl',
  rlimit: 'prlimit64',
  'pipe-flag': 'pipe2',
  'dup-other': 'dup2',
  'socket-type': 'socketpair',
  'option-value': 'setsockopt',
  'sent-byte': 'sendto',
  'shutdown-how': 'shutdown',
  'ioctl-request': 'ioctl',
  'sleep-time': 'clock_nanosleep',
  'said-number': 'write',
  'said-twice': 'write',
  'exit-status': 'exit_group',
};

async function recorded(guest: readonly string[], trace: string, cwd: string): Promise<void> {
  rmSync(join(cwd, 'folder'), { recursive: true, force: true });
  await withScope(async (scope) => void (await record(scope, trace, guest, { cwd })));
}

function compared(a: string, b: string): DiffReport {
  const [left, right] = [openTrace(a), openTrace(b)];
  try {
    return diffTraces(left, right);
  } finally {
    left.close();
    right.close();
  }
}

test('each change of a program is the first finding', async (t) => {
  const folder = temporaryFolder(t);
  const program = guestProgram('variants', { static: true });
  const script = join(CHECKOUT, 'dist/test/diff/record-variants.js');
  const done = await run(t, [process.execPath, script, folder, program, 'none', ...Object.keys(VARIANTS)]);
  t.is(done.code, 0, done.stderr);
  const wrong: string[] = [];
  for (const [variant, call] of Object.entries(VARIANTS)) {
    const first = compared(join(folder, 'none.trace'), join(folder, `${variant}.trace`)).findings[0];
    if (first?.subject !== call) wrong.push(`${variant}: ${first?.headline ?? 'nothing found'}`);
  }
  t.deepEqual(wrong, []);
});

/** What a host may do otherwise, put into a stored trace. */
interface HostChange {
  readonly title: string;
  readonly subject: string;
  readonly forge: Forgery;
}

/** Changes the first event that fits. */
function once(fits: (event: TraceEvent) => boolean, change: Forgery): Forgery {
  let done = false;
  return (event) => {
    if (done || !fits(event)) return event;
    done = true;
    return change(event);
  };
}

const isCall = (name: string) => (event: TraceEvent): boolean => event.syscall?.number === rowNamed(name)!.number && event.syscall.result !== undefined;
const withResult = (result: bigint): Forgery => (event) => ({ ...event, syscall: { ...event.syscall!, result }, effects: event.effects.filter(({ type }) => type !== 'memory') });
const withSignal = (change: (signal: SignalFacts) => SignalFacts): Forgery => (event) => ({ ...event, signal: change(event.signal!) });

const refuses = (name: string, errno: number, title: string): HostChange => ({
  title,
  subject: name,
  forge: once((event) => isCall(name)(event) && event.syscall!.result! >= 0n, withResult(BigInt(-errno))),
});

const HOST_CHANGES: readonly HostChange[] = [
  refuses('openat', 2, 'a file is missing'),
  refuses('madvise', 22, 'an advice is not known'),
  refuses('ioctl', 25, 'an ioctl is refused'),
  refuses('memfd_create', 38, 'a call is not implemented'),
  refuses('setsockopt', 92, 'a socket option is not known'),
  refuses('prctl', 22, 'a prctl is not known'),
  { title: 'a read gives less', subject: 'read', forge: once((event) => isCall('read')(event) && event.syscall!.result! > 32n, (event) => ({ ...event, syscall: { ...event.syscall!, result: 32n } })) },
  { title: 'a signal is not delivered', subject: 'SIGUSR1', forge: (event) => (event.signal?.number === 10 ? undefined : event) },
  { title: 'a signal has another sender', subject: 'SIGUSR1', forge: once(({ signal }) => signal?.number === 10, withSignal((signal) => ({ ...signal, siginfo: new Uint8Array(128).fill(10, 0, 1) }))) },
  { title: 'a task ends otherwise', subject: 'exit', forge: (event) => (event.exit && event.task === 1 ? { ...event, exit: { status: 9 } } : event) },
];

test('each change of a host is the first finding', async (t) => {
  const folder = temporaryFolder(t);
  const base = join(folder, 'base.trace');
  await recorded([guestProgram('variants', { static: true })], base, folder);
  const wrong: string[] = [];
  for (const { title, subject, forge } of HOST_CHANGES) {
    const forged = join(folder, 'forged.trace');
    t.true(forgeTrace(base, forged, forge) > 0, title);
    const first = compared(base, forged).findings[0];
    if (first?.subject !== subject) wrong.push(`${title}: ${first?.headline ?? 'nothing found'}`);
  }
  t.deepEqual(wrong, []);
});

test('what a tracing guest gets refused, and a fault without its address', async (t) => {
  const folder = temporaryFolder(t);
  const base = join(folder, 'base.trace');
  await recorded([guestProgram(TRACING_GUESTS[1])], base, folder);
  const refused = join(folder, 'refused.trace');
  t.true(forgeTrace(base, refused, once(isCall('ptrace'), withResult(-5n))) > 0);
  t.is(compared(base, refused).findings[0]!.subject, 'ptrace');
  const addressless = join(folder, 'addressless.trace');
  const changed = forgeTrace(base, addressless, once(({ signal }) => signal?.number === 11, withSignal((signal) => {
    const siginfo = signal.siginfo!.slice();
    siginfo.fill(0, 16, 24);
    return { ...signal, siginfo };
  })));
  if (changed > 0) t.is(compared(base, addressless).findings[0]!.subject, 'SIGSEGV');
});

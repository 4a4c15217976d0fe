/** Records a guest into a trace. */
import { accessSync, constants, existsSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { nanoseconds } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { PORTRACE_VERSION } from '../base/version.js';
import { NAMES } from '../syscalls/index.js';
import { ThreadedTraceWriter } from '../trace/index.js';
import { addon, ANY_PROCESSOR, answered, hostFacts, spawnProgram, takeProcessor } from '../tracee/index.js';
import { RECORDER_OPTIONS } from './options.js';
import { RecordSession, type SessionProgress } from './session.js';

export type { SessionProgress } from './session.js';

export interface RecordOptions {
  /** The program: a path, or a name that is looked for in PATH. */
  readonly guest: string;
  readonly arguments?: readonly string[];
  /** Path of the trace. */
  readonly output: string;
  /** Replaces an existing trace. */
  readonly force?: boolean;
  /** A free label of the host port. */
  readonly port?: string;
  /** `NAME=value` each; default: this process's. */
  readonly environment?: readonly string[];
  /**
   * Events between two digests of memory, which `replay` with `verify: 'memory'` compares. Default: about 500, and
   * fewer digests where they would take more than 2 % of the time.
   */
  readonly digestEvery?: number;
  /** Open descriptors that the guest gets besides the standard streams. Default: none but those that are not close-on-exec. */
  readonly descriptors?: readonly number[];
  /** Called at the start and up to twenty times a second; must be quick. */
  readonly onProgress?: (progress: SessionProgress) => void;
}

export interface RecordResult {
  /** The guest's wait status, as wait4(2) stores it. */
  readonly status: number;
  readonly events: number;
}

const EACCES = 13;
const ENOENT = 2;
const ENOEXEC = 8;

/**
 * Runs a guest to its end and records it. The guest has this process's standard streams, working
 * folder and terminal. Blocks the calling thread, which must be the main thread, until the guest
 * ended; nothing else of this process runs meanwhile.
 *
 * Throws `Trouble`: guest-not-found, guest-not-executable, storage (the trace cannot be written;
 * what was recorded stays), host (no permission to ptrace), unsupported (the guest did something
 * that docs/limits.md lists; the trace up to there stays).
 */
export function record(options: RecordOptions): RecordResult {
  const file = findGuest(options.guest);
  const existed = existsSync(options.output);
  // Made before a processor is chosen, so that its thread may use the others.
  const writer = ThreadedTraceWriter.create(options.output, { force: options.force ?? false, names: NAMES });
  const environment = options.environment ?? Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
  const args = [options.guest, ...(options.arguments ?? [])];
  addon.leaveSignalsToGuest();
  // cpuid tells its number, so that the facts below must be of the processor that the guest runs on.
  const processor = answered(takeProcessor(ANY_PROCESSOR), 0, 'choose a processor');
  let pid: number | undefined;
  let session: RecordSession | undefined;
  try {
    const host = hostFacts(PORTRACE_VERSION);
    writer.begin({
      arguments: args,
      workingFolder: process.cwd(),
      environment: [...environment],
      startedAt: new Date().toISOString(),
      host,
      ...(options.port !== undefined && { port: options.port }),
    });
    // Lazy binding saves extended state by XSAVEC, and what that leaves out is not the same each time.
    const bound = [...environment.filter((entry) => !entry.startsWith('LD_BIND_NOW=')), 'LD_BIND_NOW=1'];
    pid = spawnGuest({ file, args, environment: bound, inherited: options.descriptors ?? [] });
    const started = performance.now();
    const { digestEvery, onProgress } = options;
    session = new RecordSession(writer, { missing: host.missing, processor, digestEvery, onProgress });
    const status = session.run(pid);
    const duration = nanoseconds(Math.round((performance.now() - started) * 1e6));
    const events = writer.nextIndex - 1;
    writer.finish({ status, duration });
    return { status, events };
  } catch (error) {
    session?.kill();
    writer.close();
    if (pid === undefined && !existed) unlinkSync(options.output);
    throw error;
  } finally {
    session?.close();
  }
}

interface Guest {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: readonly string[];
  readonly inherited: readonly number[];
}

function spawnGuest({ file, args, environment, inherited }: Guest): number {
  const pid = spawnProgram({
    file,
    imageDescriptor: -1,
    arguments: args,
    environment,
    options: RECORDER_OPTIONS,
    descriptors: parentDescriptorLimit(),
    inherited,
    newSession: false,
  });
  if (pid === -ENOENT) throw notFound(args[0]!);
  if (pid === -EACCES || pid === -ENOEXEC) throw notExecutable(args[0]!);
  return answered(pid, 0, 'trace the guest');
}

/** Node raises its own limit of open descriptors at its start: the guest gets the shell's. */
function parentDescriptorLimit(): number {
  try {
    const limits = readFileSync(`/proc/${process.ppid}/limits`, 'latin1');
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? -1);
  } catch {
    return -1;
  }
}

const notFound = (guest: string): Trouble =>
  new Trouble('guest-not-found', `${guest}: not found (give a path, or a program in PATH)`);
const notExecutable = (guest: string): Trouble =>
  new Trouble('guest-not-executable', `${guest}: cannot be executed (check its mode and format)`);

/** Finds a program as execvp(3) does. */
function findGuest(guest: string): string {
  const candidates = guest.includes('/')
    ? [resolve(guest)]
    : (process.env['PATH'] ?? '/usr/bin:/bin').split(delimiter).map((folder) => join(folder || '.', guest));
  let found = false;
  for (const candidate of candidates) {
    if (!existsSync(candidate)) continue;
    found = true;
    if (!statSync(candidate).isFile()) continue;
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      continue;
    }
  }
  throw found ? notExecutable(guest) : notFound(guest);
}

/** Makes traces of other tools' logs: events to look at and to compare, not to replay. */
import { basename, resolve } from 'node:path';
import { Trouble } from '../base/errors.js';
import { PORTRACE_VERSION } from '../base/version.js';
import { NAMES } from '../syscalls/index.js';
import { TraceWriter, type HostFacts, type ImportCounts, type ImportSource, type ImportTool, type SessionFacts } from '../trace/index.js';
import { findLogs, toolOf } from './find-logs.js';
import { specificationIn, type Specification } from './gvisor-specification.js';
import { importGvisor } from './gvisor.js';
import { ImportedGuest } from './guest.js';
import { firstProgram } from './strace-program.js';
import { straceLine } from './strace-lines.js';
import { importStrace, type StraceLog } from './strace.js';
import type { LogLine } from './log-file.js';
import { Tally } from './tally.js';

export interface ImportOptions {
  /** Path of the log; NAME for files NAME.PID of `strace -ff`; a folder of gVisor's debug logs. */
  readonly log: string;
  /** Path of the trace. */
  readonly output: string;
  /** Replaces an existing file. */
  readonly force?: boolean;
  /** A label of the host port. */
  readonly port?: string;
  /** Which tool wrote the log; found out without it. */
  readonly format?: ImportTool;
}

export interface ImportResult {
  readonly tool: ImportTool;
  readonly events: number;
  readonly counts: ImportCounts;
}

/** Throws Trouble: trace (the log cannot be read, or no line of it is understood), storage. */
export function importLog(options: ImportOptions): ImportResult {
  const logs = findLogs(options.log);
  try {
    const tool = toolOf(logs, options.format);
    if (tool === undefined) throw new Trouble('trace', `cannot import ${options.log}: no line of it is one of ${whose(options.format)}`);
    return write(logs, tool, options);
  } finally {
    for (const { file } of logs) file.close();
  }
}

const whose = (format: ImportTool | undefined): string =>
  format === undefined ? "strace's output or gVisor's strace log" : format === 'strace' ? "strace's output" : "gVisor's strace log";

function write(logs: readonly StraceLog[], tool: ImportTool, { log, output, force, port }: ImportOptions): ImportResult {
  const specification = tool === 'gvisor' ? specificationIn(logs[0]!.file) : firstProgram(logs);
  const writer = TraceWriter.create(output, { force: force === true, names: NAMES });
  const tally = new Tally();
  try {
    writer.begin(sessionOf(logs, specification, { tool, log: basename(resolve(log)) }, port));
    const guest = new ImportedGuest(writer);
    if (tool === 'gvisor') importGvisor(logs[0]!.file, guest, tally, specification);
    else importStrace(logs, guest, tally);
    const counts = tally.counts();
    writer.imported(counts);
    const events = writer.nextIndex - 1;
    if (guest.status !== undefined) writer.finish({ status: guest.status, duration: guest.time });
    return { tool, events, counts };
  } finally {
    writer.close();
  }
}

/** Logs say little of their machine. */
const HOST: HostFacts = {
  sysname: 'unknown',
  release: 'unknown',
  version: 'unknown',
  machine: 'unknown',
  nodename: 'unknown',
  cpuModel: 'unknown',
  cpuid: [],
  xstateSize: 0,
  pageSize: 4096,
  portraceVersion: PORTRACE_VERSION,
      missing: [],
};

function sessionOf(logs: readonly StraceLog[], program: Specification | undefined, imported: ImportSource, port: string | undefined): SessionFacts {
  const seconds = firstEpoch(logs) ?? Math.min(...logs.map(({ file }) => file.modified));
  return {
    arguments: program?.arguments ?? [],
    workingFolder: program?.workingFolder ?? 'unknown',
    environment: program?.environment ?? [],
    startedAt: new Date(seconds * 1000).toISOString(),
    ...(port !== undefined && { port }),
    host: HOST,
    imported,
  };
}

/** The earliest first line, where lines begin with the time since 1970. */
function firstEpoch(logs: readonly StraceLog[]): number | undefined {
  const times = logs.flatMap(({ file }) => {
    const { value: line } = file.lines().next() as IteratorResult<LogLine, undefined>;
    const time = line && straceLine(line.text).time;
    return time?.sort === 'epoch' ? [time.seconds] : [];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

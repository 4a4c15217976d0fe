/** What a trace is about, on one page. */
import type { TaskSummary, TraceReader, TraceSummary } from '../trace/index.js';
import type { EndFacts, EventKind, ImportCounts, ImportSource, SessionFacts } from '../trace/events.js';
import { visible } from './visible.js';
import { showWaitStatus, type SignalName } from '../syscalls/index.js';

/** Names of the numbers that a trace counts by. */
export interface InfoNames {
  call(number: number): string;
  readonly signal: SignalName;
}

/** Everything that `portrace info` tells, as `--json` prints it. */
export interface TraceInfo {
  readonly path: string;
  readonly formatVersion: number;
  readonly complete: boolean;
  readonly session: SessionFacts;
  /** Absent where the recording was cut short or still runs. */
  readonly end?: EndFacts;
  /** Imported traces: what became of the log's lines. */
  readonly importCounts?: ImportCounts;
  readonly events: number;
  readonly tasks: readonly TaskSummary[];
  readonly kinds: Readonly<Partial<Record<EventKind, number>>>;
  /** The most frequent first. */
  readonly calls: readonly CallCount[];
  /** Calls that no row described, so that their writes were found by comparing memory. */
  readonly undescribed: readonly { readonly name: string; readonly calls: number }[];
  readonly signals: readonly { readonly name: string; readonly count: number }[];
  readonly sizes: Omit<TraceSummary, 'kinds' | 'calls' | 'undescribed' | 'signals'>;
}

export interface CallCount {
  readonly name: string;
  readonly number: number;
  readonly calls: number;
  readonly failed: number;
}

/** Gathers it; reads through the file. */
export function traceInfo(path: string, reader: TraceReader, names: InfoNames): TraceInfo {
  const { kinds, calls, undescribed, signals, ...sizes } = reader.summary();
  return {
    path,
    formatVersion: reader.formatVersion,
    complete: reader.complete,
    session: reader.session,
    ...(reader.end === undefined ? {} : { end: reader.end }),
    ...(reader.importCounts === undefined ? {} : { importCounts: reader.importCounts }),
    events: reader.eventCount,
    tasks: reader.tasks(),
    kinds: Object.fromEntries(kinds),
    calls: [...calls].map(([number, counts]) => ({ name: names.call(number), number, ...counts })),
    undescribed: [...undescribed].map(([number, count]) => ({
      name: names.call(number),
      calls: count,
    })),
    signals: [...signals].map(([number, count]) => ({ name: names.signal(number), count })),
    sizes,
  };
}

// How many of the most frequent calls and of the first tasks the page lists.
const CALLS_LISTED = 12;
const TASKS_LISTED = 20;

/** The page, line by line. */
export function showInfo(info: TraceInfo, signal: SignalName): string[] {
  return [
    ...aligned(facts(info, signal)),
    '',
    ...section('tasks', info.tasks.map((task) => taskRow(task, signal)), TASKS_LISTED),
    ...section('calls', info.calls.map(callRow), CALLS_LISTED),
    ...section('signals', info.signals.map(({ name, count }) => [`${count}`, name]), CALLS_LISTED),
    ...section(
      'calls without a description (their writes were found by comparing memory)',
      info.undescribed.map(({ name, calls }) => [`${calls}`, name]),
      Infinity,
    ),
  ].slice(0, -1);
}

function facts(info: TraceInfo, signal: SignalName): string[][] {
  const { session, sizes } = info;
  const { host } = session;
  const kinds = Object.entries(info.kinds).map(([kind, count]) => `${kind} ${count}`);
  const parts = sizes.parts
    .filter(({ bytes }) => bytes * 50 > sizes.fileBytes)
    .map(({ table, bytes }) => `${table} ${showBytes(bytes)}`);
  const { contents, memoryWrites, memoryInputs } = sizes;
  return [
    ['trace', `${info.path} (format ${info.formatVersion}, ${info.complete ? 'complete' : 'incomplete'})`],
    ['command', session.arguments.map(quoted).join(' ')],
    ['folder', session.workingFolder],
    ['started', session.startedAt],
    ['ended', ending(info, signal)],
    ...(session.port === undefined ? [] : [['port', session.port]]),
    ...(session.imported === undefined ? [] : [['imported', importText(session.imported, info.importCounts)]]),
    ['host', session.imported !== undefined ? 'not in the log' : `${host.sysname} ${host.release} ${host.machine}, ${host.nodename} (${host.cpuModel})`],
    ...(host.missing.length === 0 ? [] : [['missing', `${host.missing.join(', ')} (the host has none)`]]),
    ['portrace', host.portraceVersion],
    ['events', kinds.length === 0 ? '0' : `${info.events}: ${kinds.join(', ')}`],
    ['memory', `${sizes.mmapEvents} changes of mappings, ${sizes.objects} objects, ` +
      `${memoryWrites.count} writes (${showBytes(memoryWrites.bytes)}), ` +
      `${memoryInputs.count} reads (${showBytes(memoryInputs.bytes)})`],
    ['contents', `${contents.count}: ${showBytes(contents.bytes)} in ${showBytes(contents.packed)}`],
    ['size', `${showBytes(sizes.fileBytes)}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`],
  ];
}

const TOOLS = { strace: "strace's log", gvisor: "gVisor's log" } as const;

function importText({ tool, log }: ImportSource, counts: ImportCounts | undefined): string {
  const from = `from ${TOOLS[tool]} ${log}, not replayable`;
  if (counts === undefined) return `${from}; the import was cut short`;
  const { lines, badLines, otherLines, firstBad } = counts;
  const bad = firstBad === undefined ? 'all understood' : `${badLines} not understood, the first is line ${firstBad.line}: ${firstBad.text}`;
  return `${from}; ${lines} lines, ${otherLines} about other things, ${bad}`;
}

function ending({ end, session }: TraceInfo, signal: SignalName): string {
  if (end === undefined && session.imported) return 'not in the log: it ends before the first task does';
  if (end === undefined) return 'not here: the recording was cut short or still runs';
  if (session.imported && end.duration === 0) return showWaitStatus(end.status, signal);
  return `${showWaitStatus(end.status, signal)} after ${(end.duration / 1e9).toFixed(3)} s`;
}

function taskRow(task: TaskSummary, signal: SignalName): string[] {
  const from = task.parent === undefined ? '' : `from ${task.parent}`;
  const exit = task.exit === undefined ? 'still there' : showWaitStatus(task.exit.status, signal);
  const pid = task.group === task.pid ? `pid ${task.pid}` : `pid ${task.group}, thread ${task.pid}`;
  return [`${task.task}`, from, pid, `${task.events} events`, exit, task.program ?? ''];
}

function callRow({ name, calls, failed }: CallCount): string[] {
  return [`${calls}`, failed === 0 ? name : `${name} (${failed} failed)`];
}

function section(title: string, rows: readonly string[][], limit: number): string[] {
  if (rows.length === 0) return [];
  const more = rows.length - limit;
  const listed = aligned(rows.slice(0, limit)).map((line) => `  ${line}`);
  return [title, ...listed, ...(more > 0 ? [`  and ${more} more`] : []), ''];
}

/** Columns side by side; numbers in the first one to the right. */
function aligned(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length)),
  );
  const padded = (text: string, column: number): string => {
    const isNumber = column === 0 && /^\d+$/.test(text);
    return isNumber ? text.padStart(widths[0]!) : text.padEnd(widths[column]!);
  };
  return rows.map((row) => visible(row.map(padded).join('  ').trimEnd()));
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A number of bytes in a unit that keeps it short. */
export function showBytes(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  for (; amount >= 1024 && unit < UNITS.length - 1; unit++) amount /= 1024;
  return `${unit === 0 ? amount : amount.toFixed(1)} ${UNITS[unit]}`;
}

/** A word as a POSIX shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

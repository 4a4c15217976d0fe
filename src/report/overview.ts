/** The facts of a trace, and what it does not have. */
import { basename } from 'node:path';
import { showBytes } from '../show/info.js';
import type { Tally } from '../stat/index.js';
import { showWaitStatus, signalName } from '../syscalls/index.js';
import type { EventKind, SessionFacts, TraceReader } from '../trace/index.js';
import type { ConsoleData, Listed, Overview, StatTable, TaskData } from './report-data.js';

/** What was counted while the events went by. */
export interface Counted {
  readonly kinds: Readonly<Partial<Record<EventKind, number>>>;
  readonly signals: number;
  readonly timed: boolean;
  readonly elapsed: number;
  readonly total: Tally;
  readonly output: number;
  readonly listed: Listed;
  readonly console: ConsoleData;
  readonly files: StatTable;
  readonly tasks: readonly TaskData[];
}

export function overviewOf(reader: TraceReader, counted: Counted): Overview {
  const { session } = reader;
  const { kinds, signals, timed, elapsed, total, output } = counted;
  const host = session.imported ? 'the log does not tell' : `${session.host.sysname} ${session.host.release} ${session.host.machine}`;
  const command = session.arguments.join(' ');
  const ended = endOf(reader);
  const { host: machine } = session;
  return {
    name: basename(reader.path),
    command,
    host: session.port ?? host,
    facts: [
      ['guest', command],
      ['folder', session.workingFolder],
      ['started', session.startedAt],
      ['ended', ended],
      ...(session.port === undefined ? [] : [['port', session.port] as const]),
      ['host', session.imported ? host : `${host}, ${machine.nodename} (${machine.cpuModel})`],
      ...(machine.missing.length === 0 ? [] : [['host lacks', machine.missing.join(', ')] as const]),
      ...(session.imported === undefined ? [] : [['imported', `${TOOLS[session.imported.tool]} ${session.imported.log}`] as const]),
      ['trace', `format ${reader.formatVersion}, portrace ${machine.portraceVersion}`],
    ],
    notes: [...traceNotes(reader), ...limitNotes(counted)],
    ended,
    elapsed,
    timed,
    events: reader.eventCount,
    total,
    signals,
    kinds,
    output,
  };
}

const TOOLS = { strace: "strace's log", gvisor: "gVisor's log" } as const;

function endOf({ end, session }: TraceReader): string {
  if (end !== undefined) return `${showWaitStatus(end.status, signalName)}${end.duration === 0 ? '' : ` after ${(end.duration / 1e9).toFixed(3)} s`}`;
  return session.imported ? 'not in the log: it ends before the first task does' : 'not here: the recording was cut short or still runs';
}

function traceNotes({ complete, session, eventCount }: TraceReader): string[] {
  return [
    ...(session.imported ? importNotes(session) : []),
    ...(complete ? [] : [session.imported ? 'The log ends before its first task does.' : `The recording was cut short or still runs: this is what is there, up to event ${eventCount}.`]),
  ];
}

const importNotes = ({ imported }: SessionFacts): string[] => [
  `Imported from ${TOOLS[imported!.tool]}. Missing: facts of the host, memory that a program starts with, most bytes that calls read or wrote, ` +
    'and the time of a call that returned at once or of which the log tells none.',
];

function limitNotes({ listed, console, files }: Counted): string[] {
  const { head, tail, events } = listed;
  return [
    ...(head + tail === events
      ? []
      : [`Listed and drawn are the first ${head} events and the last ${tail}; events ${head + 1} to ${events - tail} are only counted (--events N lists more; portrace show prints all).`]),
    ...(console.leftOut === 0 ? [] : [`Console: the last ${showBytes(console.leftOut)} of the output are left out (portrace replay prints all).`]),
    ...(files.leftOut === 0 ? [] : [`Files: ${files.leftOut} more are left out (portrace stat --by file prints all).`]),
  ];
}

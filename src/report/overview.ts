/** The facts of a trace, and what it does not have. */
import { basename } from 'node:path';
import { showBytes } from '../show/info.js';
import type { Tally } from '../stat/index.js';
import { showWaitStatus, signalName } from '../syscalls/index.js';
import type { EventKind, ImportSource, TraceReader } from '../trace/index.js';
import type { ConsoleData, Listed, Overview, StatTable } from './report-data.js';

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
}

export function overviewOf(reader: TraceReader, counted: Counted): Overview {
  const { session } = reader;
  const { kinds, ...counts } = counted;
  const host = session.imported ? 'the log does not tell' : `${session.host.sysname} ${session.host.release} ${session.host.machine}`;
  const command = session.arguments.join(' ');
  const ended = endOf(reader);
  const { host: machine } = session;
  return {
    name: basename(reader.path),
    command,
    facts: [
      ['guest', command],
      ['folder', session.workingFolder],
      ['started', session.startedAt],
      ['ended', ended],
      ...(session.port === undefined ? [] : [['port', session.port] as const]),
      ['host', session.imported ? host : `${host}, ${machine.nodename} (${machine.cpuModel})`],
      ...(machine.missing.length === 0 ? [] : [['host lacks', machine.missing.join(', ')] as const]),
      ...(session.imported === undefined ? [] : [['imported', `${TOOLS[session.imported.tool]} ${session.imported.log}`] as const]),
      [
        'events',
        Object.entries(kinds)
          .map(([kind, count]) => `${kind} ${count}`)
          .join(', '),
      ],
      ['trace', `format ${reader.formatVersion}, portrace ${machine.portraceVersion}`],
    ],
    notes: [...traceNotes(reader), ...limitNotes(counted)],
    ended,
    elapsed: counts.elapsed,
    timed: counts.timed,
    events: reader.eventCount,
    total: counts.total,
    signals: counts.signals,
    output: counts.output,
  };
}

const TOOLS = { strace: "strace's log", gvisor: "gVisor's log" } as const;

function endOf({ end, session }: TraceReader): string {
  if (end !== undefined)
    return `${showWaitStatus(end.status, signalName)}${end.duration === 0 ? '' : ` after ${(end.duration / 1e9).toFixed(3)} s`}`;
  return session.imported ? 'not in the log: it ends before the first task does' : 'not here: the recording was cut short or still runs';
}

function traceNotes({ complete, session, eventCount }: TraceReader): string[] {
  const notes = session.imported ? [importNote(session.imported)] : [];
  if (complete) return notes;
  const cut = session.imported
    ? 'The log ends before its first task does.'
    : `The recording was cut short or still runs: this is what is there, up to event ${eventCount}.`;
  return [...notes, cut];
}

const importNote = ({ tool }: ImportSource): string =>
  `Imported from ${TOOLS[tool]}. Missing: facts of the host, memory that a program starts with, most bytes that calls read or ` +
  'wrote, and the time of a call that returned at once or of which the log tells none.';

function limitNotes({ listed: { head, tail, events }, console, files }: Counted): string[] {
  const notes: string[] = [];
  if (head + tail < events) {
    notes.push(
      `Listed and drawn are the first ${head} events and the last ${tail}; events ${head + 1} to ${events - tail} are only ` +
        'counted (--events N lists more; portrace show prints all).',
    );
  }
  if (console.leftOut > 0) notes.push(`Console: the last ${showBytes(console.leftOut)} are left out (portrace replay prints all).`);
  if (files.leftOut > 0) notes.push(`Files: ${files.leftOut} more are left out (portrace stat --by file prints all).`);
  return notes;
}

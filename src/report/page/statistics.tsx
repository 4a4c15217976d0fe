/** Counts: calls, errors, the slowest calls, files. */
import { useState } from 'preact/hooks';
import type { StatRow } from '../../stat/index.js';
import type { FailedCall, SlowCall } from '../report-data.js';
import { DataTable, type Column } from './data-table.js';
import { NO_FILTER } from './filter.js';
import { bytesText, countText, durationText } from './format.js';
import type { Shown } from './shown.js';
import { useShown } from './shown.js';

const time = (title: string, value: (row: StatRow) => number): Column<StatRow> => ({
  title,
  value,
  show: (row) => (row.timed === 0 ? '' : durationText(Math.round(value(row)))),
});
const bytes = (title: string, value: (row: StatRow) => number): Column<StatRow> => ({
  title,
  value,
  show: (row) => (value(row) === 0 ? '' : bytesText(value(row))),
  minor: true,
});

const COUNTS: readonly Column<StatRow>[] = [
  { title: 'calls', value: (row) => row.calls },
  {
    title: 'errors',
    value: (row) => row.errors,
    show: ({ errors }) => (errors === 0 ? '' : <span class="failed">{countText(errors)}</span>),
  },
  time('at most', (row) => row.time),
  { ...time('mean', (row) => (row.timed === 0 ? 0 : row.time / row.timed)), minor: true },
  bytes('read', (row) => row.bytesRead),
  bytes('written', (row) => row.bytesWritten),
  bytes('mapped', (row) => row.bytesMapped),
];

export const CALL_COLUMNS: readonly Column<StatRow>[] = [{ title: 'call', value: ({ name }) => name, wide: true }, ...COUNTS];
const FILE_COLUMNS: readonly Column<StatRow>[] = [{ title: 'file', value: ({ name }) => name, wide: true }, ...COUNTS.slice(0, -1)];

const ERROR_COLUMNS: readonly Column<StatRow>[] = [{ title: 'error', value: ({ name }) => name, wide: true }, ...COUNTS.slice(0, 1)];

/** Lists the calls of a name. */
export function openCall({ recording, go }: Shown, name: string): void {
  const found = Object.entries(recording.data.names.calls).find(([, each]) => each === name);
  go({ view: 'events', event: undefined, filter: { ...NO_FILTER, ...(found && { call: Number(found[0]) }) } });
}

function openFile({ recording, go }: Shown, name: string): void {
  const file = recording.data.names.files.indexOf(name) + 1;
  go({ view: 'events', event: undefined, filter: { ...NO_FILTER, ...(file > 0 ? { file } : { text: name }) } });
}

const PARTS = ['calls', 'errors', 'slowest', 'files'] as const;

export function Statistics() {
  const [part, setPart] = useState<(typeof PARTS)[number]>('calls');
  return (
    <section class="view">
      <div class="segments" role="tablist" aria-label="Statistics">
        {PARTS.map((each) => (
          <button key={each} type="button" role="tab" aria-selected={each === part} onClick={() => setPart(each)}>
            {each}
          </button>
        ))}
      </div>
      <div class="panel">
        {part === 'calls' ? <Calls /> : part === 'errors' ? <Errors /> : part === 'slowest' ? <Slowest /> : <Files />}
      </div>
    </section>
  );
}

function Calls() {
  const shown = useShown();
  return (
    <>
      <p class="hint quiet">Times are upper bounds: from a call's own entry where the trace has one, else from the event before it.</p>
      <DataTable
        label="Calls"
        rows={shown.recording.data.stat.call.rows}
        columns={CALL_COLUMNS}
        onOpen={({ name }) => openCall(shown, name)}
      />
    </>
  );
}

function Errors() {
  const {
    recording: { data },
    go,
  } = useShown();
  const callName = ({ number }: FailedCall): string => data.names.calls[number] ?? `${number}`;
  const errnoOf = (name: string): number | undefined => data.failed.find((each) => each.name === name)?.errno;
  const columns: readonly Column<FailedCall>[] = [
    { title: 'call', value: callName, wide: true },
    { title: 'error', value: ({ name }) => name },
    { title: 'means', value: ({ text }) => text, minor: true },
    { title: 'calls', value: ({ calls }) => calls },
    {
      title: 'first event',
      value: ({ first }) => first,
      show: ({ first }) => (
        <button type="button" class="link" onClick={() => go({ view: 'events', event: first, filter: NO_FILTER })}>
          {first}
        </button>
      ),
    },
  ];
  return (
    <div class="columns">
      <div>
        <h2>By error</h2>
        <DataTable
          label="Errors"
          rows={data.stat.errno.rows}
          columns={ERROR_COLUMNS}
          onOpen={({ name }) => go({ view: 'events', event: undefined, filter: { ...NO_FILTER, errno: errnoOf(name) } })}
        />
      </div>
      <div>
        <h2>By call and error</h2>
        <DataTable
          label="Failed calls"
          rows={data.failed}
          columns={columns}
          onOpen={({ number, errno }) => go({ view: 'events', event: undefined, filter: { ...NO_FILTER, call: number, errno } })}
        />
      </div>
    </div>
  );
}

function Slowest() {
  const { recording, go } = useShown();
  const columns: readonly Column<SlowCall>[] = [
    { title: 'event', value: ({ event }) => event, show: ({ event }) => `${event}` },
    {
      title: 'took',
      value: (call) => call.time,
      show: (call) => <span class={call.entered ? '' : 'quiet'}>{durationText(call.time)}</span>,
    },
    { title: 'task', value: ({ task }) => recording.taskName(task), minor: true },
    { title: 'call', value: ({ line }) => line, show: ({ line }) => <code>{line}</code>, wide: true },
  ];
  return (
    <>
      <p class="hint quiet">
        The {recording.data.slowest.length} longest. Grey times begin at the event before the call and have the guest's own instructions in
        them.
      </p>
      <DataTable
        label="Slowest calls"
        rows={recording.data.slowest}
        columns={columns}
        onOpen={({ event }) => go({ view: 'events', event, filter: NO_FILTER })}
      />
    </>
  );
}

function Files() {
  const shown = useShown();
  return (
    <DataTable
      label="Files"
      rows={shown.recording.data.stat.file.rows}
      columns={FILE_COLUMNS}
      onOpen={({ name }) => openFile(shown, name)}
    />
  );
}

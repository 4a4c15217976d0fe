/** The first page: what was recorded, how it ended, what it is made of. */
import type { StatRow } from '../../stat/index.js';
import type { TraceData } from '../report-data.js';
import { bytesText, countText, durationText } from './format.js';
import { DataTable } from './data-table.js';
import { CALL_COLUMNS, openCall } from './statistics.js';
import { useShown } from './shown.js';
import { Activity } from './activity.js';

const CALLS_SHOWN = 12;

export function Overview() {
  const shown = useShown();
  const {
    recording: { data },
    go,
  } = shown;
  const calls = data.stat.call.rows.slice(0, CALLS_SHOWN);
  return (
    <section class="view">
      <Notes notes={data.overview.notes} />
      <Cards data={data} />
      <div class="columns">
        <div class="panel">
          <h2>Recording</h2>
          <Facts facts={data.overview.facts} />
        </div>
        <div class="panel">
          <h2>Activity</h2>
          <Activity />
          <h2>Phases</h2>
          <Phases rows={data.stat.phase.rows} />
        </div>
      </div>
      <div class="panel">
        <h2>Calls that took most time</h2>
        <DataTable label="Calls that took most time" rows={calls} columns={CALL_COLUMNS} onOpen={(row) => openCall(shown, row.name)} />
        {data.stat.call.rows.length > calls.length && (
          <button type="button" class="more" onClick={() => go({ view: 'statistics' })}>
            all {data.stat.call.rows.length} calls
          </button>
        )}
      </div>
    </section>
  );
}

export const Notes = ({ notes }: { readonly notes: readonly string[] }) =>
  notes.length === 0 ? null : (
    <ul class="notes">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );

export const Facts = ({ facts }: { readonly facts: readonly (readonly [string, string])[] }) => (
  <dl class="facts">{facts.map(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name}-value`}>{value}</dd>])}</dl>
);

function Cards({ data: { overview, tasks } }: { readonly data: TraceData }) {
  const { go, setFilter } = useShown();
  const { total } = overview;
  const cards: readonly (readonly [label: string, value: string, open: () => void, style?: string])[] = [
    ['ended', overview.ended.replace(/ after .*/, ''), () => go({ view: 'events', event: overview.events })],
    ['duration', overview.timed ? durationText(overview.elapsed) : 'not known', () => go({ view: 'timeline' })],
    ['events', countText(overview.events), () => go({ view: 'events' })],
    ['calls', countText(total.calls), () => go({ view: 'statistics' })],
    ['failed calls', countText(total.errors), () => setFilter({ errorsOnly: true }), total.errors > 0 ? 'failed' : ''],
    ['signals', countText(overview.signals), () => setFilter({ group: 'signal' })],
    ['tasks', countText(tasks.length), () => go({ view: 'timeline' })],
    ['output', bytesText(overview.output), () => go({ view: 'console' })],
  ];
  return (
    <div class="cards">
      {cards.map(([label, value, open, style = '']) => (
        <button key={label} type="button" class={`card ${style}`} onClick={open}>
          <span class="quiet">{label}</span>
          <strong>{value}</strong>
        </button>
      ))}
    </div>
  );
}

const Phases = ({ rows }: { readonly rows: readonly StatRow[] }) => (
  <DataTable
    label="Phases"
    rows={rows}
    columns={[
      { title: 'phase', value: ({ name }) => name, wide: true },
      { title: 'elapsed', value: ({ elapsed = 0 }) => elapsed, show: ({ elapsed = 0 }) => durationText(elapsed) },
      { title: 'calls', value: ({ calls }) => calls },
      { title: 'errors', value: ({ errors }) => errors },
    ]}
  />
);

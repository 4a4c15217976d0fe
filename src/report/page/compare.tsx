/** Two traces side by side: facts, counts, and what the guest did otherwise. */
import { useState } from 'preact/hooks';
import type { Finding, FoundStep } from '../../diff/index.js';
import type { ReportedStat, TraceData } from '../report-data.js';
import { DataTable, type Column } from './data-table.js';
import { NO_FILTER } from './filter.js';
import { bytesText, countText, durationText } from './format.js';
import { Facts, Notes } from './overview.js';
import { useShown } from './shown.js';

export function Compare() {
  const { data } = useShown();
  const { traces, diff } = data;
  const [a, b] = traces;
  if (a === undefined || b === undefined || diff === undefined) return null;
  const number = diff.findings.length + diff.findingsLeftOut;
  return (
    <section class="view">
      <div class="columns">
        {[a, b].map(({ overview }, side) => (
          <div key={side} class="panel">
            <h2 class={side === 0 ? 'side-a' : 'side-b'}>
              {'AB'[side]} {overview.name}
            </h2>
            <Facts facts={overview.facts} />
            <Notes notes={overview.notes} />
          </div>
        ))}
      </div>
      <div class="panel">
        <h2>Counts</h2>
        <Counts a={a} b={b} />
      </div>
      <div class="panel">
        <h2>
          {number === 0 ? 'No difference in behaviour' : `${countText(number)} ${number === 1 ? 'difference' : 'differences'} in behaviour`}
        </h2>
        <Notes notes={diff.notes} />
        {diff.findings.map((finding, index) => (
          <FindingBox key={index} finding={finding} number={index + 1} />
        ))}
        {diff.findingsLeftOut > 0 && <p class="quiet">{countText(diff.findingsLeftOut)} more are left out (portrace diff prints all).</p>}
        {diff.folded.length > 0 && (
          <details>
            <summary>What the rules left out</summary>
            <ul>
              {diff.folded.map(({ rule, a: inA, b: inB, says }) => (
                <li key={rule}>
                  {rule}: {inA} in A, {inB} in B ({says})
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
      <StatDifferences a={a} b={b} />
    </section>
  );
}

function Counts({ a, b }: { readonly a: TraceData; readonly b: TraceData }) {
  const rows: readonly (readonly [string, (data: TraceData) => number, (value: number) => string])[] = [
    ['events', ({ overview }) => overview.events, countText],
    ['calls', ({ overview }) => overview.total.calls, countText],
    ['failed calls', ({ overview }) => overview.total.errors, countText],
    ['signals', ({ overview }) => overview.signals, countText],
    ['tasks', ({ tasks }) => tasks.length, countText],
    ['output', ({ overview }) => overview.output, bytesText],
    ['duration', ({ overview }) => overview.elapsed, durationText],
  ];
  return (
    <table aria-label="Counts of both">
      <thead>
        <tr>
          <th class="wide" />
          <th class="number side-a">A</th>
          <th class="number side-b">B</th>
          <th class="number">B - A</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, value, text]) => (
          <tr key={name}>
            <td class="wide">{name}</td>
            <td class="number">{text(value(a))}</td>
            <td class="number">{text(value(b))}</td>
            <td class="number">{changeText(value(b) - value(a), text)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const changeText = (change: number, text: (value: number) => string): string =>
  change === 0 ? '' : `${change < 0 ? '−' : '+'}${text(Math.abs(change))}`;

interface StatPair {
  readonly name: string;
  readonly calls: readonly [number, number];
  readonly errors: readonly [number, number];
  readonly time: readonly [number, number];
}

const STATS: readonly (readonly [ReportedStat, string])[] = [
  ['call', 'calls'],
  ['errno', 'errors'],
  ['file', 'files'],
];

function StatDifferences({ a, b }: { readonly a: TraceData; readonly b: TraceData }) {
  const [by, setBy] = useState<ReportedStat>('call');
  const pairs = pairsOf(a, b, by).filter(({ calls, errors }) => calls[0] !== calls[1] || errors[0] !== errors[1]);
  const count = (title: string, value: (pair: StatPair) => number): Column<StatPair> => ({ title, value });
  const columns: readonly Column<StatPair>[] = [
    { title: by, value: ({ name }) => name, wide: true },
    count('A calls', ({ calls }) => calls[0]),
    count('B calls', ({ calls }) => calls[1]),
    {
      title: 'B - A',
      value: ({ calls }) => Math.abs(calls[1] - calls[0]),
      show: ({ calls }) => changeText(calls[1] - calls[0], countText),
    },
    count('A errors', ({ errors }) => errors[0]),
    count('B errors', ({ errors }) => errors[1]),
    { title: 'A time', value: ({ time }) => time[0], show: ({ time }) => timeText(time[0]), minor: true },
    { title: 'B time', value: ({ time }) => time[1], show: ({ time }) => timeText(time[1]), minor: true },
  ];
  return (
    <div class="panel">
      <h2>Counts that differ</h2>
      <div class="segments" role="tablist" aria-label="Counts by">
        {STATS.map(([each, text]) => (
          <button key={each} type="button" role="tab" aria-selected={each === by} onClick={() => setBy(each)}>
            {text}
          </button>
        ))}
      </div>
      <DataTable key={by} label="Counts that differ" rows={pairs} columns={columns} />
    </div>
  );
}

const timeText = (time: number): string => (time === 0 ? '' : durationText(time));

function pairsOf(a: TraceData, b: TraceData, by: ReportedStat): StatPair[] {
  const [left, right] = [a, b].map(({ stat }) => new Map(stat[by].rows.map((row) => [row.name, row])));
  return [...new Set([...left!.keys(), ...right!.keys()])].map((name) => {
    const both = (member: 'calls' | 'errors' | 'time'): [number, number] => [
      left!.get(name)?.[member] ?? 0,
      right!.get(name)?.[member] ?? 0,
    ];
    return { name, calls: both('calls'), errors: both('errors'), time: both('time') };
  });
}

function FindingBox({ finding, number }: { readonly finding: Finding; readonly number: number }) {
  const { kind, headline, isFirst, consequences } = finding;
  return (
    <details class="finding" open={number <= 3}>
      <summary>
        <span class="chip">{kind}</span>
        {number}. {headline}
        {isFirst && ' (the first difference)'}
      </summary>
      <Sides finding={finding} />
      {consequences.map(({ because, finding: each }, index) => (
        <details key={index} class="consequence">
          <summary>
            {because}: {each.headline}
          </summary>
          <Sides finding={each} />
        </details>
      ))}
    </details>
  );
}

const Sides = ({ finding }: { readonly finding: Finding }) => (
  <div class="columns">
    {(['a', 'b'] as const).map((side) => (
      <div key={side} class="steps">
        {finding.context[side].map((step, index) => (
          <Step key={`before-${index}`} step={step} side={side} style="quiet" />
        ))}
        {finding[side].map((step, index) => (
          <Step key={index} step={step} side={side} style={`side-${side}`} />
        ))}
        {finding[side].length === 0 && <span class="quiet">nothing in {side.toUpperCase()}</span>}
      </div>
    ))}
  </div>
);

interface StepProps {
  readonly step: FoundStep;
  readonly side: 'a' | 'b';
  readonly style: string;
}

function Step({ step: { event, who, did, got }, side, style }: StepProps) {
  const { go } = useShown();
  const open = (): void => go({ view: 'events', trace: side === 'a' ? 0 : 1, event, filter: NO_FILTER });
  return (
    <button type="button" class={`step ${style}`} onClick={open}>
      <code>{`${event}  ${who}  ${did}${got === '' ? '' : ` = ${got}`}`}</code>
    </button>
  );
}

/** Mapped memory over time. */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { MemoryData, MemorySeries } from '../report-data.js';
import { bytesText, countText } from './format.js';
import { useColourScheme, useShown, useSize } from './shown.js';

/** Told apart by people who see few colours, too: Okabe and Ito's, then lighter ones. */
const COLOURS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#b5a400',
  '#7570b3',
  '#1b9e77',
  '#a6761d',
  '#8da0cb',
  '#8b93a0',
];

export function Memory() {
  const { recording, go } = useShown();
  const { memory, overview } = recording.data;
  const [by, setBy] = useState<'kind' | 'space'>('kind');
  const [sample, setSample] = useState<number>();
  const series = by === 'kind' ? memory.byKind : memory.bySpace;
  if (memory.events.length === 0 || series.length === 0)
    return (
      <section class="view">
        <p class="quiet">The trace tells of no mapped memory.</p>
      </section>
    );
  return (
    <section class="view">
      <div class="segments" role="tablist" aria-label="Memory by">
        {(['kind', 'space'] as const).map((each) => (
          <button key={each} type="button" role="tab" aria-selected={each === by} onClick={() => setBy(each)}>
            by {each === 'space' ? 'address space' : each}
          </button>
        ))}
      </div>
      <div class="panel">
        <MemoryChart memory={memory} series={series} timed={overview.timed} open={(event) => go({ event })} point={setSample} />
        <p class="hint quiet">
          Mapped bytes of all address spaces that a task lives in, one on the other.{' '}
          {memory.step === 1
            ? 'After every event.'
            : `A sample every ${countText(memory.step)} events: what comes and goes between two is not seen.`}{' '}
          A click goes to the event.
        </p>
      </div>
      <div class="panel table-box">
        <Amounts series={series} sample={sample} event={sample === undefined ? undefined : memory.events[sample]} />
      </div>
    </section>
  );
}

interface AmountsProps {
  readonly series: readonly MemorySeries[];
  /** Where the pointer is. */
  readonly sample: number | undefined;
  readonly event: number | undefined;
}

const Amounts = ({ series, sample, event }: AmountsProps) => (
  <table aria-label="Mapped memory">
    <thead>
      <tr>
        <th class="wide">memory</th>
        <th class="number">at most</th>
        <th class="number">at the end</th>
        <th class="number amount">{event === undefined ? 'at the pointer' : `event ${countText(event)}`}</th>
      </tr>
    </thead>
    <tbody>
      {series.map(({ name, bytes }, index) => (
        <tr key={name}>
          <td class="wide">
            <i class="swatch" style={{ background: COLOURS[index % COLOURS.length] }} />
            {name}
          </td>
          <td class="number">{bytesText(bytes.reduce((most, each) => Math.max(most, each), 0))}</td>
          <td class="number">{bytesText(bytes.at(-1) ?? 0)}</td>
          <td class="number amount">{sample === undefined ? '' : bytesText(bytes[sample] ?? 0)}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

interface MemoryChartProps {
  readonly memory: MemoryData;
  readonly series: readonly MemorySeries[];
  readonly timed: boolean;
  open(event: number): void;
  /** The pointer is at a sample, or at none. */
  point(sample: number | undefined): void;
}

const CHART_HEIGHT = 340;

function MemoryChart({ memory, series, timed, open, point }: MemoryChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const isDark = useColourScheme();
  useEffect(() => {
    if (box.current === null || width === 0) return undefined;
    const plot = new uPlot(
      plotOptions({ series, timed, width, style: getComputedStyle(box.current), point }),
      stacked(memory, series, timed),
      box.current,
    );
    const click = (): void => {
      const event = memory.events[plot.cursor.idx ?? -1];
      if (event !== undefined) open(event);
    };
    plot.over.addEventListener('click', click);
    return () => plot.destroy();
  }, [memory, series, timed, width, isDark]);
  return <div ref={box} class="chart" />;
}

/** The topmost series first, so that those below are drawn over it. */
function stacked({ events, times }: MemoryData, series: readonly MemorySeries[], timed: boolean): uPlot.AlignedData {
  const sums: number[][] = [];
  for (const { bytes } of series) sums.push(bytes.map((value, index) => value + (sums.at(-1)?.[index] ?? 0)));
  return [timed ? times.map((time) => time / 1e9) : [...events], ...sums.reverse()];
}

interface PlotShape extends Pick<MemoryChartProps, 'series' | 'timed' | 'point'> {
  readonly width: number;
  readonly style: CSSStyleDeclaration;
}

function plotOptions({ series, timed, width, style, point }: PlotShape): uPlot.Options {
  const [text, line] = ['--quiet', '--line'].map((name) => style.getPropertyValue(name));
  const axis: uPlot.Axis = {
    stroke: text!,
    grid: { stroke: line!, width: 1 },
    ticks: { stroke: line!, width: 1 },
    font: '11px system-ui, sans-serif',
  };
  const stepped = uPlot.paths.stepped!({ align: 1 });
  return {
    width,
    height: CHART_HEIGHT,
    cursor: { y: false },
    hooks: { setCursor: [({ cursor }) => point(cursor.idx ?? undefined)] },
    legend: { show: false },
    scales: { x: { time: false } },
    axes: [
      { ...axis, values: (_, values) => values.map((value) => (timed ? `${value} s` : countText(value))) },
      {
        ...axis,
        size: 72,
        incrs: Array.from({ length: 40 }, (_, power) => 2 ** (power + 4)),
        values: (_, values) => values.map(bytesText),
      },
    ],
    series: [
      {},
      ...series
        .map((each, index): uPlot.Series => ({ label: each.name, ...coloured(index), paths: stepped, points: { show: false } }))
        .reverse(),
    ],
  };
}

const coloured = (index: number): Pick<uPlot.Series, 'fill' | 'stroke' | 'width'> => ({
  fill: COLOURS[index % COLOURS.length]!,
  stroke: COLOURS[index % COLOURS.length]!,
  width: 0.5,
});

/** The tasks as a tree, and what each did at which time. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { FilterBar } from './filter-bar.js';
import { useShown } from './shown.js';
import type { Picture } from './timeline-drawing.js';
import { Lanes } from './timeline-lanes.js';
import { inside, positionsOf, wholeRange, ZOOM, zoomed, type Axis, type Range } from './timeline-scale.js';
import { OverviewStrip } from './timeline-strip.js';

export function Timeline() {
  const { recording, place, matches } = useShown();
  const { timed } = recording.data.overview;
  const [axis, setAxis] = useState<Axis>(timed ? 'time' : 'order');
  const positions = useMemo(() => positionsOf(recording, axis), [recording, axis]);
  const whole = useMemo(() => wholeRange(positions, axis), [positions]);
  const [range, setRange] = useRange(whole);
  const [isNarrow, setNarrow] = useState(false);
  const fits = useMemo(() => flagsOf(matches.rows, recording.rows), [matches.rows, recording]);
  const selected = place.event === undefined ? undefined : recording.rowOf(place.event);
  useEffect(() => {
    if (selected === undefined) return;
    setRange((old) => shownWith(old, positions[selected]!, whole));
  }, [selected, positions]);
  const picture: Picture = { recording, axis, positions, range, fits, selected };
  const zoom = (factor: number, centre?: number): void =>
    setRange((old) => zoomed(old, factor, centre ?? centreOf(old, selected === undefined ? undefined : positions[selected]), whole));
  const pan = (share: number): void =>
    setRange(({ from, to }) => inside({ from: from + (to - from) * share, to: to + (to - from) * share }, whole));
  return (
    <section class="view fill timeline">
      <FilterBar />
      <div class="toolbar">
        <div class="segments" role="group" aria-label="Axis">
          {(['time', 'order'] as const).map((each) => (
            <button
              key={each}
              type="button"
              disabled={each === 'time' && !timed}
              aria-pressed={each === axis}
              onClick={() => setAxis(each)}
            >
              {each === 'time' ? 'by time' : 'by event'}
            </button>
          ))}
        </div>
        <div class="segments" role="group" aria-label="Zoom">
          <button type="button" aria-label="Closer" title="closer  +" onClick={() => zoom(1 / ZOOM)}>
            +
          </button>
          <button type="button" aria-label="Farther" title="farther  −" onClick={() => zoom(ZOOM)}>
            −
          </button>
          <button type="button" title="all of it  0" onClick={() => setRange(whole)}>
            all
          </button>
        </div>
        <label class="check">
          <input type="checkbox" checked={isNarrow} onChange={({ currentTarget }) => setNarrow(currentTarget.checked)} />
          only tasks alive here
        </label>
        <Legend />
      </div>
      <OverviewStrip picture={picture} whole={whole} setRange={setRange} />
      <Lanes picture={picture} whole={whole} isNarrow={isNarrow} zoom={zoom} pan={pan} setRange={setRange} />
    </section>
  );
}

/** What is shown of the whole: all of it where that is another than before, from the first drawing on. */
function useRange(whole: Range): [range: Range, setRange: (change: Range | ((old: Range) => Range)) => void] {
  const [kept, keep] = useState({ whole, range: whole });
  const rangeOf = (of: typeof kept): Range => (of.whole === whole ? of.range : whole);
  return [
    rangeOf(kept),
    (change) => keep((old) => ({ whole, range: typeof change === 'function' ? change(rangeOf(old)) : change })),
  ];
}

const Legend = () => (
  <ul class="legend">
    {[
      ['call', 'call'],
      ['failed', 'failed call'],
      ['wait', 'waiting in a call'],
      ['signal', 'signal'],
      ['other', 'other'],
      ['life', 'alive'],
    ].map(([style, text]) => (
      <li key={style}>
        <i class="swatch" style={{ background: `var(--${style})` }} />
        {text}
      </li>
    ))}
  </ul>
);

function flagsOf(rows: Uint32Array | undefined, count: number): Uint8Array | undefined {
  if (rows === undefined) return undefined;
  const flags = new Uint8Array(count);
  for (const row of rows) flags[row] = 1;
  return flags;
}

const centreOf = ({ from, to }: Range, selected: number | undefined): number =>
  selected !== undefined && selected >= from && selected <= to ? selected : (from + to) / 2;

/** The range, moved where it does not show the position. */
function shownWith(range: Range, position: number, whole: Range): Range {
  if (position >= range.from && position <= range.to) return range;
  const half = (range.to - range.from) / 2;
  return inside({ from: position - half, to: position + half }, whole);
}

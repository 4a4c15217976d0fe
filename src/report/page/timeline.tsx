/** The tasks as a tree, and what each did at which time. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { FilterBar } from './filter-bar.js';
import { useColourScheme, useLines, useShown, useSize } from './shown.js';
import { drawLanes, drawOverview, LANE_HEIGHT, RULER_HEIGHT, type Picture } from './timeline-drawing.js';
import { lanesOf, livesIn, type Lane } from './timeline-lanes.js';
import { firstAt, inside, positionsOf, wholeRange, zoomed, type Axis, type Range } from './timeline-scale.js';

const OVERVIEW_HEIGHT = 36;
const ZOOM = 1.5;
/** Pixels within which the pointer means an event. */
const NEAR = 5;

export function Timeline() {
  const { recording, place, matches } = useShown();
  const { timed } = recording.data.overview;
  const [axis, setAxis] = useState<Axis>(timed ? 'time' : 'order');
  const positions = useMemo(() => positionsOf(recording, axis), [recording, axis]);
  const whole = useMemo(() => wholeRange(positions, axis), [positions]);
  const [range, setRange] = useState(whole);
  const [isNarrow, setNarrow] = useState(false);
  useEffect(() => setRange(whole), [whole]);
  const fits = useMemo(() => flagsOf(matches.rows, recording.rows), [matches.rows, recording]);
  const selected = place.event === undefined ? undefined : recording.rowOf(place.event);
  useEffect(() => {
    if (selected === undefined) return;
    setRange((old) => shownWith(old, positions[selected]!, whole));
  }, [selected, positions]);
  const picture: Picture = { recording, axis, positions, range, fits, selected };
  const zoom = (factor: number, centre?: number): void => setRange((old) => zoomed(old, factor, centre ?? centreOf(old, selected === undefined ? undefined : positions[selected]), whole));
  const pan = (share: number): void => setRange(({ from, to }) => inside({ from: from + (to - from) * share, to: to + (to - from) * share }, whole));
  return (
    <section class="view fill timeline">
      <FilterBar />
      <div class="toolbar">
        <div class="segments" role="group" aria-label="Axis">
          {(['time', 'order'] as const).map((each) => <button key={each} type="button" disabled={each === 'time' && !timed} aria-pressed={each === axis} onClick={() => setAxis(each)}>{each === 'time' ? 'by time' : 'by event'}</button>)}
        </div>
        <div class="segments" role="group" aria-label="Zoom">
          <button type="button" aria-label="Closer" title="closer  +" onClick={() => zoom(1 / ZOOM)}>+</button>
          <button type="button" aria-label="Farther" title="farther  −" onClick={() => zoom(ZOOM)}>−</button>
          <button type="button" title="all of it  0" onClick={() => setRange(whole)}>all</button>
        </div>
        <label class="check"><input type="checkbox" checked={isNarrow} onChange={({ currentTarget }) => setNarrow(currentTarget.checked)} />only tasks alive here</label>
        <Legend />
      </div>
      <OverviewStrip picture={picture} whole={whole} setRange={setRange} />
      <Lanes picture={picture} whole={whole} isNarrow={isNarrow} zoom={zoom} pan={pan} setRange={setRange} />
    </section>
  );
}

const Legend = () => (
  <ul class="legend">
    {[['call', 'call'], ['failed', 'failed call'], ['wait', 'waiting in a call'], ['signal', 'signal'], ['other', 'other'], ['life', 'alive']].map(([style, text]) => <li key={style}><i class="swatch" style={{ background: `var(--${style})` }} />{text}</li>)}
  </ul>
);

function flagsOf(rows: Uint32Array | undefined, count: number): Uint8Array | undefined {
  if (rows === undefined) return undefined;
  const flags = new Uint8Array(count);
  for (const row of rows) flags[row] = 1;
  return flags;
}

const centreOf = ({ from, to }: Range, selected: number | undefined): number => (selected !== undefined && selected >= from && selected <= to ? selected : (from + to) / 2);

/** The range, moved where it does not show the position. */
function shownWith(range: Range, position: number, whole: Range): Range {
  if (position >= range.from && position <= range.to) return range;
  const half = (range.to - range.from) / 2;
  return inside({ from: position - half, to: position + half }, whole);
}

interface StripProps {
  readonly picture: Picture;
  readonly whole: Range;
  setRange(range: Range): void;
}

/** Drag across it to see that part; a click moves what is seen. */
function OverviewStrip({ picture, whole, setRange }: StripProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const isDark = useColourScheme();
  useLayoutEffect(() => {
    if (canvas.current !== null && width > 0) drawOverview(canvas.current, width, OVERVIEW_HEIGHT, { ...picture, whole });
  }, [picture.positions, picture.range, picture.fits, picture.selected, width, isDark]);
  const begin = useRef<number | undefined>(undefined);
  const positionAt = (event: PointerEvent): number => whole.from + (Math.min(Math.max(event.offsetX, 0), width) / width) * (whole.to - whole.from);
  const down = (event: PointerEvent): void => {
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    begin.current = positionAt(event);
  };
  const up = (event: PointerEvent): void => {
    const [one, other] = [begin.current, positionAt(event)];
    begin.current = undefined;
    if (one === undefined) return;
    const [from, to] = [Math.min(one, other), Math.max(one, other)];
    const half = (picture.range.to - picture.range.from) / 2;
    const isDrag = ((to - from) / (whole.to - whole.from)) * width > NEAR;
    setRange(inside(isDrag ? { from, to } : { from: from - half, to: from + half }, whole));
  };
  return <div ref={box} class="strip"><canvas ref={canvas} style={{ height: `${OVERVIEW_HEIGHT}px` }} role="img" aria-label="All events; drag to see a part" onPointerDown={down} onPointerUp={up} /></div>;
}

interface LanesProps extends StripProps {
  /** Tasks that do not live in the stretch that is seen are left out. */
  readonly isNarrow: boolean;
  zoom(factor: number, centre?: number): void;
  pan(share: number): void;
}

function Lanes({ picture, whole, isNarrow, zoom, pan, setRange }: LanesProps) {
  const { recording, setFilter, place, go } = useShown();
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const all = useMemo(() => lanesOf(recording.data.tasks, folded), [recording, folded]);
  const lanes = useMemo(() => (isNarrow ? all.filter(({ task }) => livesIn(task, picture.range, picture.axis)) : all), [all, isNarrow, picture.range, picture.axis]);
  const scroller = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { height } = useSize(scroller);
  const { width } = useSize(box);
  const [scrolled, setScrolled] = useState(0);
  const isDark = useColourScheme();
  const { range, positions, selected } = picture;
  useLayoutEffect(() => {
    if (canvas.current !== null && width > 0 && height > 0) drawLanes(canvas.current, width, height, { ...picture, lanes, scrolled });
  }, [lanes, scrolled, positions, range, picture.fits, selected, width, height, isDark]);
  useEffect(() => showLane(scroller.current, lanes, selected === undefined ? undefined : recording.columns.tasks[selected]), [selected, all, isNarrow]);

  const positionAt = (x: number): number => range.from + (x / width) * (range.to - range.from);
  const rowAt = (event: MouseEvent): number | undefined => nearest(picture, lanes[Math.floor((event.offsetY - RULER_HEIGHT + scrolled) / LANE_HEIGHT)], { position: positionAt(event.offsetX), reach: (NEAR / width) * (range.to - range.from) });
  const [hovered, setHovered] = useState<{ readonly row: number; readonly x: number; readonly y: number }>();
  const drag = useRef<{ readonly x: number; readonly range: Range; moved: boolean } | undefined>(undefined);

  const pointerDown = (event: PointerEvent): void => {
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    drag.current = { x: event.offsetX, range, moved: false };
  };
  const pointerMove = (event: PointerEvent): void => {
    const { current } = drag;
    if (current === undefined) {
      const row = rowAt(event);
      setHovered(row === undefined ? undefined : { row, x: event.offsetX, y: event.offsetY });
      return;
    }
    const distance = event.offsetX - current.x;
    if (!current.moved && Math.abs(distance) < NEAR) return;
    current.moved = true;
    const shift = -(distance / width) * (current.range.to - current.range.from);
    setRange(inside({ from: current.range.from + shift, to: current.range.to + shift }, whole));
  };
  const pointerUp = (event: PointerEvent): void => {
    const wasDrag = drag.current?.moved ?? true;
    drag.current = undefined;
    const row = wasDrag ? undefined : rowAt(event);
    if (row !== undefined) go({ event: recording.eventOf(row) });
  };
  // Not by an attribute: such a listener is passive, and the browser would zoom the page.
  useEffect(() => {
    const { current } = canvas;
    const wheel = (event: WheelEvent): void => {
      const isAcross = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
      if (!event.ctrlKey && !event.metaKey && !isAcross) return;
      event.preventDefault();
      if (isAcross) pan((event.deltaX || event.deltaY) / width);
      else zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, positionAt(event.offsetX));
    };
    current?.addEventListener('wheel', wheel, { passive: false });
    return () => current?.removeEventListener('wheel', wheel);
  });
  const keys = (event: KeyboardEvent): void => {
    const actions: Readonly<Record<string, () => void>> = { '+': () => zoom(1 / ZOOM), '=': () => zoom(1 / ZOOM), '-': () => zoom(ZOOM), ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2), '0': () => setRange(whole) };
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  const toggle = (task: number): void => setFolded((old) => new Set(old.has(task) ? [...old].filter((each) => each !== task) : [...old, task]));
  const first = Math.floor(scrolled / LANE_HEIGHT);
  const seen = lanes.slice(first, first + Math.ceil(height / LANE_HEIGHT) + 1);
  return (
    <div ref={scroller} class="lanes" tabIndex={0} role="application" aria-label="Timeline" data-from={range.from} data-to={range.to} onKeyDown={keys} onScroll={({ currentTarget }) => setScrolled(currentTarget.scrollTop)}>
      <div class="lanes-space" style={{ height: `${lanes.length * LANE_HEIGHT + RULER_HEIGHT}px` }}>
        <div class="lanes-seen" style={{ height: `${height}px` }}>
          <div class="lane-names" role="tree" aria-label="Tasks">
            <div style={{ height: `${RULER_HEIGHT}px` }} class="quiet lane-head">{lanes.length === all.length ? `${all.length} tasks` : `${lanes.length} of ${all.length} tasks`}</div>
            <div class="lane-list"><div style={{ transform: `translateY(${first * LANE_HEIGHT - scrolled}px)` }}>
              {seen.map((lane) => <LaneName key={lane.task.task} lane={lane} isFolded={folded.has(lane.task.task)} isChosen={place.filter.task === lane.task.task} name={recording.taskName(lane.task.task)}
                toggle={() => toggle(lane.task.task)} choose={() => setFilter({ task: place.filter.task === lane.task.task ? undefined : lane.task.task })} />)}
            </div></div>
          </div>
          <div ref={box} class="lane-box">
            <canvas ref={canvas} style={{ height: `${height}px` }} onPointerDown={pointerDown} onPointerMove={pointerMove} onPointerUp={pointerUp} onPointerLeave={() => setHovered(undefined)} onDblClick={(event) => zoom(1 / 4, positionAt(event.offsetX))} />
            {hovered && <Tip row={hovered.row} x={hovered.x} y={hovered.y} width={width} />}
          </div>
        </div>
      </div>
    </div>
  );
}

function showLane(scroller: HTMLElement | null, lanes: readonly Lane[], task: number | undefined): void {
  if (scroller === null || task === undefined) return;
  const top = lanes.findIndex((lane) => lane.task.task === task) * LANE_HEIGHT;
  if (top < 0) return;
  const seen = scroller.clientHeight - RULER_HEIGHT;
  if (top < scroller.scrollTop || top + LANE_HEIGHT > scroller.scrollTop + seen) scroller.scrollTop = Math.max(0, top - seen / 2);
}

/** The event of a lane that lies nearest to a position, within reach. */
function nearest({ recording, positions }: Picture, lane: Lane | undefined, { position, reach }: { readonly position: number; readonly reach: number }): number | undefined {
  const rows = lane && recording.rowsByTask().get(lane.task.task);
  if (rows === undefined) return undefined;
  const at = firstAt(rows, positions, position);
  const distance = (index: number): number => (index >= 0 && index < rows.length ? Math.abs(positions[rows[index]!]! - position) : Infinity);
  const best = distance(at - 1) < distance(at) ? at - 1 : at;
  return distance(best) <= reach ? rows[best] : undefined;
}

interface LaneNameProps {
  readonly lane: Lane;
  readonly name: string;
  readonly isFolded: boolean;
  readonly isChosen: boolean;
  toggle(): void;
  choose(): void;
}

/** Deeper trees are not moved in any further. */
const DEEPEST = 8;

const LaneName = ({ lane: { task, depth, children }, name, isFolded, isChosen, toggle, choose }: LaneNameProps) => (
  <div class="lane-name" role="treeitem" aria-level={depth + 1} aria-expanded={children === 0 ? undefined : !isFolded} style={{ paddingLeft: `${Math.min(depth, DEEPEST) * 10}px` }}>
    {children > 0 ? <button type="button" class="fold" aria-label={isFolded ? 'Unfold' : 'Fold'} onClick={toggle}>{isFolded ? '▸' : '▾'}</button> : <span class="fold" />}
    <button type="button" class="cut" aria-pressed={isChosen} title={`${name}, pid ${task.pid}, ${task.events} events, ${task.exit?.text ?? 'still there'}`} onClick={choose}>{name}</button>
  </div>
);

function Tip({ row, x, y, width }: { readonly row: number; readonly x: number; readonly y: number; readonly width: number }) {
  const { recording } = useShown();
  useLines(recording);
  const side = x > width / 2 ? { right: `${width - x + 8}px` } : { left: `${x + 8}px` };
  return <div class="tip" style={{ ...side, top: `${y + 14}px` }}><span class="quiet">{recording.eventOf(row)}  {recording.taskName(recording.columns.tasks[row]!)}</span><code>{recording.lines.line(row) ?? '…'}</code></div>;
}

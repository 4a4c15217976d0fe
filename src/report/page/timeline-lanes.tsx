/** The lanes of the tasks: their names as a tree, their events on a canvas. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useColourScheme, useLines, useShown, useSize } from './shown.js';
import { drawLanes, LANE_HEIGHT, RULER_HEIGHT, type Picture } from './timeline-drawing.js';
import { lanesOf, livesIn, type Lane } from './lane-order.js';
import { firstAt, inside, ZOOM, type Range } from './timeline-scale.js';
import type { StripProps } from './timeline-strip.js';

/** Pixels within which the pointer means an event. */
const NEAR = 5;

interface LanesProps extends StripProps {
  /** Tasks that do not live in the stretch that is seen are left out. */
  readonly isNarrow: boolean;
  zoom(factor: number, centre?: number): void;
  pan(share: number): void;
}

export function Lanes({ picture, whole, isNarrow, zoom, pan, setRange }: LanesProps) {
  const { recording, setFilter, place, go } = useShown();
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const all = useMemo(() => lanesOf(recording.data.tasks, folded), [recording, folded]);
  const lanes = useMemo(
    () => (isNarrow ? all.filter(({ task }) => livesIn(task, picture.range, picture.axis)) : all),
    [all, isNarrow, picture.range, picture.axis],
  );
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
  useEffect(
    () => showLane(scroller.current, lanes, selected === undefined ? undefined : recording.columns.tasks[selected]),
    [selected, all, isNarrow],
  );

  const positionAt = (x: number): number => range.from + (x / width) * (range.to - range.from);
  const rowAt = (event: MouseEvent): number | undefined =>
    nearest(picture, lanes[Math.floor((event.offsetY - RULER_HEIGHT + scrolled) / LANE_HEIGHT)], {
      position: positionAt(event.offsetX),
      reach: (NEAR / width) * (range.to - range.from),
    });
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
    const actions: Readonly<Record<string, () => void>> = {
      '+': () => zoom(1 / ZOOM),
      '=': () => zoom(1 / ZOOM),
      '-': () => zoom(ZOOM),
      ArrowLeft: () => pan(-0.2),
      ArrowRight: () => pan(0.2),
      '0': () => setRange(whole),
    };
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  const toggle = (task: number): void =>
    setFolded((old) => new Set(old.has(task) ? [...old].filter((each) => each !== task) : [...old, task]));
  const first = Math.floor(scrolled / LANE_HEIGHT);
  const seen = lanes.slice(first, first + Math.ceil(height / LANE_HEIGHT) + 1);
  return (
    <div
      ref={scroller}
      class="lanes"
      tabIndex={0}
      role="application"
      aria-label="Timeline"
      data-from={range.from}
      data-to={range.to}
      onKeyDown={keys}
      onScroll={({ currentTarget }) => setScrolled(currentTarget.scrollTop)}
    >
      <div class="lanes-space" style={{ height: `${lanes.length * LANE_HEIGHT + RULER_HEIGHT}px` }}>
        <div class="lanes-seen" style={{ height: `${height}px` }}>
          <div class="lane-names" role="tree" aria-label="Tasks">
            <div style={{ height: `${RULER_HEIGHT}px` }} class="quiet lane-head">
              {lanes.length === all.length ? `${all.length} tasks` : `${lanes.length} of ${all.length} tasks`}
            </div>
            <div class="lane-list">
              <div style={{ transform: `translateY(${first * LANE_HEIGHT - scrolled}px)` }}>
                {seen.map((lane) => (
                  <LaneName
                    key={lane.task.task}
                    lane={lane}
                    isFolded={folded.has(lane.task.task)}
                    isChosen={place.filter.task === lane.task.task}
                    name={recording.taskName(lane.task.task)}
                    toggle={() => toggle(lane.task.task)}
                    choose={() => setFilter({ task: place.filter.task === lane.task.task ? undefined : lane.task.task })}
                  />
                ))}
              </div>
            </div>
          </div>
          <div ref={box} class="lane-box">
            <canvas
              ref={canvas}
              style={{ height: `${height}px` }}
              onPointerDown={pointerDown}
              onPointerMove={pointerMove}
              onPointerUp={pointerUp}
              onPointerLeave={() => setHovered(undefined)}
              onDblClick={(event) => zoom(1 / 4, positionAt(event.offsetX))}
            />
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
function nearest(
  { recording, positions }: Picture,
  lane: Lane | undefined,
  { position, reach }: { readonly position: number; readonly reach: number },
): number | undefined {
  const rows = lane && recording.rowsByTask().get(lane.task.task);
  if (rows === undefined) return undefined;
  const at = firstAt(rows, positions, position);
  const distance = (index: number): number =>
    index >= 0 && index < rows.length ? Math.abs(positions[rows[index]!]! - position) : Infinity;
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
  <div
    class="lane-name"
    role="treeitem"
    aria-level={depth + 1}
    aria-expanded={children === 0 ? undefined : !isFolded}
    style={{ paddingLeft: `${Math.min(depth, DEEPEST) * 10}px` }}
  >
    {children > 0 ? (
      <button type="button" class="fold" aria-label={isFolded ? 'Unfold' : 'Fold'} onClick={toggle}>
        {isFolded ? '▸' : '▾'}
      </button>
    ) : (
      <span class="fold" />
    )}
    <button
      type="button"
      class="cut"
      aria-pressed={isChosen}
      title={`${name}, pid ${task.pid}, ${task.events} events, ${task.exit?.text ?? 'still there'}`}
      onClick={choose}
    >
      {name}
    </button>
  </div>
);

function Tip({ row, x, y, width }: { readonly row: number; readonly x: number; readonly y: number; readonly width: number }) {
  const { recording } = useShown();
  useLines(recording);
  const side = x > width / 2 ? { right: `${width - x + 8}px` } : { left: `${x + 8}px` };
  return (
    <div class="tip" style={{ ...side, top: `${y + 14}px` }}>
      <span class="quiet">
        {recording.eventOf(row)} {recording.taskName(recording.columns.tasks[row]!)}
      </span>
      <code>{recording.lines.line(row) ?? '…'}</code>
    </div>
  );
}

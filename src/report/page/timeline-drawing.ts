/** Draws lanes and the picture of the whole trace on canvases. */
import type { Recording } from './recording.js';
import { firstAt, tickText, ticksOf, type Axis, type Range } from './timeline-scale.js';
import { lifeOf, type Lane } from './lane-order.js';

export const LANE_HEIGHT = 20;
export const RULER_HEIGHT = 20;
const MARK_TOP = 3;
const MARK_HEIGHT = 14;

export interface Picture {
  readonly recording: Recording;
  readonly axis: Axis;
  readonly positions: Float64Array;
  readonly range: Range;
  /** Rows that fit the filter, one flag a row; undefined for all. */
  readonly fits: Uint8Array | undefined;
  readonly selected: number | undefined;
}

interface Colours {
  readonly text: string;
  readonly line: string;
  readonly life: string;
  readonly wait: string;
  readonly call: string;
  readonly signal: string;
  readonly other: string;
  readonly failed: string;
  readonly accent: string;
  readonly dim: string;
}

function coloursOf(canvas: HTMLCanvasElement): Colours {
  const style = getComputedStyle(canvas);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  return {
    text: value('--quiet'),
    line: value('--line'),
    life: value('--life'),
    wait: value('--wait'),
    call: value('--call'),
    signal: value('--signal'),
    other: value('--other'),
    failed: value('--failed'),
    accent: value('--accent'),
    dim: value('--dim'),
  };
}

interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

/** The canvas, cleared, with as many dots as the screen has. */
function surfaceOf(canvas: HTMLCanvasElement, width: number, height: number): Surface {
  const ratio = devicePixelRatio;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  return { context, width, height };
}

export interface DrawnLanes extends Picture {
  readonly lanes: readonly Lane[];
  /** Pixels above the first lane that are scrolled away. */
  readonly scrolled: number;
}

export function drawLanes(canvas: HTMLCanvasElement, width: number, height: number, drawn: DrawnLanes): void {
  const surface = surfaceOf(canvas, width, height);
  const colours = coloursOf(canvas);
  const { lanes, scrolled } = drawn;
  drawRuler(surface, colours, drawn);
  const { context } = surface;
  context.save();
  context.beginPath();
  context.rect(0, RULER_HEIGHT, width, height - RULER_HEIGHT);
  context.clip();
  const first = Math.floor(scrolled / LANE_HEIGHT);
  const last = Math.min(lanes.length, Math.ceil((scrolled + height) / LANE_HEIGHT));
  for (let index = first; index < last; index++)
    drawLane(surface, colours, drawn, lanes[index]!, RULER_HEIGHT + index * LANE_HEIGHT - scrolled);
  context.restore();
  drawSelection(surface, colours, drawn);
}

const xOf = ({ range: { from, to } }: Picture, width: number, position: number): number => ((position - from) / (to - from)) * width;

function drawRuler({ context, width, height }: Surface, colours: Colours, picture: Picture): void {
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (const tick of ticksOf(picture.range, width / 110)) {
    const x = Math.round(xOf(picture, width, tick)) + 0.5;
    context.fillStyle = colours.line;
    context.fillRect(x, 0, 1, height);
    context.fillStyle = colours.text;
    context.fillText(tickText(tick, picture.range, picture.axis), x + 4, RULER_HEIGHT / 2);
  }
  context.fillStyle = colours.line;
  context.fillRect(0, RULER_HEIGHT - 1, width, 1);
}

function drawLane({ context, width }: Surface, colours: Colours, picture: DrawnLanes, { task }: Lane, top: number): void {
  const { recording, axis, positions, range, fits } = picture;
  const rows = recording.rowsByTask().get(task.task);
  const life = lifeOf(task, axis);
  const [left, right] = [Math.max(0, xOf(picture, width, life.from)), Math.min(width, xOf(picture, width, Math.min(life.to, range.to)))];
  context.fillStyle = colours.life;
  if (right >= 0 && left <= width) context.fillRect(left, top + MARK_TOP, Math.max(1, right - left), MARK_HEIGHT);
  context.fillStyle = colours.line;
  context.fillRect(0, top + LANE_HEIGHT - 1, width, 1);
  if (rows === undefined) return;
  // One event before what is seen and one behind it: their waits may reach into it.
  const from = Math.max(0, firstAt(rows, positions, range.from) - 1);
  const to = Math.min(rows.length, firstAt(rows, positions, range.to) + 2);
  drawWaits(context, colours, picture, { rows: rows.subarray(from, to), top, width });
  const marks = new Marks(colours);
  for (let at = from; at < to; at++) {
    const row = rows[at]!;
    const x = Math.round(xOf(picture, width, positions[row]!));
    if (x < 0 || x > width) continue;
    marks.add(x, fits !== undefined && fits[row] === 0 ? 'dim' : recording.columns.errors[row]! > 0 ? 'failed' : recording.groupOf(row));
  }
  marks.draw(context, top);
}

interface LaneRows {
  readonly rows: Uint32Array;
  readonly top: number;
  readonly width: number;
}

/** Calls from their entry to their return. */
function drawWaits(context: CanvasRenderingContext2D, colours: Colours, picture: DrawnLanes, { rows, top, width }: LaneRows): void {
  const { recording, positions } = picture;
  context.fillStyle = colours.wait;
  let drawnTo = -1;
  for (const row of rows) {
    const entered = recording.enteredAt(row);
    if (entered === undefined) continue;
    const left = Math.max(drawnTo, 0, xOf(picture, width, positions[entered]!));
    const right = Math.min(width, xOf(picture, width, positions[row]!));
    if (right <= left) continue;
    context.fillRect(left, top + MARK_TOP + 4, Math.max(0.5, right - left), MARK_HEIGHT - 8);
    drawnTo = right;
  }
}

type MarkStyle = 'dim' | 'other' | 'call' | 'signal' | 'failed';

/** Marks of several styles share a pixel: failed calls are above, signals below, each with its top and height in pixels. */
const MARKS: readonly (readonly [style: MarkStyle, top: number, height: number])[] = [
  ['dim', MARK_TOP, MARK_HEIGHT],
  ['call', MARK_TOP, MARK_HEIGHT],
  ['other', MARK_TOP + 5, MARK_HEIGHT - 10],
  ['signal', MARK_TOP + 9, MARK_HEIGHT - 9],
  ['failed', MARK_TOP, MARK_HEIGHT - 9],
];

/** Marks of one lane: one a pixel and style, however many events there are. */
class Marks {
  private readonly places = new Map<MarkStyle, number[]>(MARKS.map(([style]) => [style, []]));

  constructor(private readonly colours: Colours) {}

  add(x: number, style: MarkStyle): void {
    const places = this.places.get(style)!;
    if (places.at(-1) !== x) places.push(x);
  }

  draw(context: CanvasRenderingContext2D, top: number): void {
    for (const [style, below, height] of MARKS) {
      context.fillStyle = this.colours[style];
      for (const x of this.places.get(style)!) context.fillRect(x, top + below, 1, height);
    }
  }
}

function drawSelection({ context, width, height }: Surface, colours: Colours, picture: DrawnLanes): void {
  const { selected, recording, positions, lanes, scrolled } = picture;
  if (selected === undefined) return;
  const x = Math.round(xOf(picture, width, positions[selected]!));
  context.fillStyle = colours.accent;
  context.globalAlpha = 0.5;
  context.fillRect(x, 0, 1, height);
  context.globalAlpha = 1;
  const lane = lanes.findIndex(({ task }) => task.task === recording.columns.tasks[selected]);
  const top = RULER_HEIGHT + lane * LANE_HEIGHT - scrolled;
  if (lane >= 0 && top >= RULER_HEIGHT - LANE_HEIGHT) context.fillRect(x - 1, top + 1, 3, LANE_HEIGHT - 2);
}

/** How many events there are along the whole axis, and which part of it is seen. */
export function drawOverview(canvas: HTMLCanvasElement, width: number, height: number, picture: Picture & { readonly whole: Range }): void {
  const { context } = surfaceOf(canvas, width, height);
  const colours = coloursOf(canvas);
  const { positions, whole, range, fits, selected } = picture;
  const all = { ...picture, range: whole };
  const counts = new Float64Array(Math.max(1, Math.ceil(width)));
  for (let row = 0; row < positions.length; row++) {
    if (fits === undefined || fits[row] === 1) counts[Math.min(counts.length - 1, Math.floor(xOf(all, width, positions[row]!)))]!++;
  }
  const most = counts.reduce((largest, count) => Math.max(largest, count), 1);
  context.fillStyle = colours.call;
  counts.forEach((count, x) => {
    const tall = count === 0 ? 0 : Math.max(1, Math.sqrt(count / most) * (height - 2));
    context.fillRect(x, height - tall, 1, tall);
  });
  const [left, right] = [xOf(all, width, range.from), xOf(all, width, range.to)];
  context.fillStyle = colours.life;
  context.fillRect(0, 0, left, height);
  context.fillRect(right, 0, width - right, height);
  context.strokeStyle = colours.accent;
  context.strokeRect(left + 0.5, 0.5, Math.max(2, right - left - 1), height - 1);
  if (selected === undefined) return;
  context.fillStyle = colours.accent;
  context.fillRect(Math.round(xOf(all, width, positions[selected]!)), 0, 1, height);
}

/** The picture of the whole trace above the lanes. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useColourScheme, useSize } from './shown.js';
import { drawOverview, type Picture } from './timeline-drawing.js';
import { inside, type Range } from './timeline-scale.js';

const OVERVIEW_HEIGHT = 36;
/** Pixels; what is dragged farther is a stretch. */
const NEAR = 5;

export interface StripProps {
  readonly picture: Picture;
  readonly whole: Range;
  setRange(range: Range): void;
}

/** Drag across it to see that part; a click moves what is seen. */
export function OverviewStrip({ picture, whole, setRange }: StripProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const isDark = useColourScheme();
  useLayoutEffect(() => {
    if (canvas.current !== null && width > 0) drawOverview(canvas.current, width, OVERVIEW_HEIGHT, { ...picture, whole });
  }, [picture.positions, picture.range, picture.fits, picture.selected, width, isDark]);
  const begin = useRef<number | undefined>(undefined);
  const positionAt = (event: PointerEvent): number =>
    whole.from + (Math.min(Math.max(event.offsetX, 0), width) / width) * (whole.to - whole.from);
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
  return (
    <div ref={box} class="strip">
      <canvas
        ref={canvas}
        style={{ height: `${OVERVIEW_HEIGHT}px` }}
        role="img"
        aria-label="All events; drag to see a part"
        onPointerDown={down}
        onPointerUp={up}
      />
    </div>
  );
}

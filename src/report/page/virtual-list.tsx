/** A list of which only what is seen is drawn. All rows are equally high, so their places are plain arithmetic. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useSize } from './shown.js';

/** Browsers lay out nothing higher than 2^25 pixels; longer lists scroll faster than the mouse. */
const HIGHEST = 30_000_000;
const OVERSCAN = 8;

export interface VirtualListProps {
  readonly label: string;
  readonly count: number;
  /** Pixels. */
  readonly rowHeight: number;
  /** The row that the keyboard is on. */
  readonly current?: number | undefined;
  /** The row to be seen while the keyboard is on none. */
  readonly seen?: number | undefined;
  readonly class?: string;
  row(index: number): ComponentChildren;
  /** The keyboard goes to a row. */
  onMove?(index: number): void;
}

export function VirtualList({ label, count, rowHeight, current, seen, row, onMove, ...props }: VirtualListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const { height } = useSize(scroller);
  const [scrolled, setScrolled] = useState(0);
  const full = count * rowHeight;
  const total = Math.min(full, HIGHEST);
  const scale = total > height ? (full - height) / (total - height) : 1;
  const top = scrolled * scale;
  const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
  const last = Math.min(count, Math.ceil((top + height) / rowHeight) + OVERSCAN);

  useLayoutEffect(() => {
    const { current: element } = scroller;
    const wanted = current ?? seen;
    if (element === null || wanted === undefined || height === 0) return;
    const place = wanted * rowHeight;
    const from = element.scrollTop * scale;
    if (place < from || place + rowHeight > from + height) element.scrollTop = Math.max(0, (place - height / 2) / scale);
  }, [current ?? seen, count, height > 0]);
  useEffect(() => {
    const { current: element } = scroller;
    if (element !== null) setScrolled(element.scrollTop);
  }, [count]);

  const move = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      j: 1,
      k: -1,
      PageDown: page,
      PageUp: -page,
      Home: -count,
      End: count,
    };
    const step = steps[event.key];
    if (step === undefined || onMove === undefined || count === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    // Without a row to begin at, a step goes to the first one that is seen.
    const from = current ?? (Math.abs(step) === count ? 0 : Math.ceil(top / rowHeight) - step);
    onMove(Math.min(count - 1, Math.max(0, from + step)));
  };

  return (
    <div
      ref={scroller}
      class={`virtual ${props.class ?? ''}`}
      role="listbox"
      aria-label={label}
      tabIndex={0}
      onKeyDown={move}
      aria-activedescendant={current === undefined ? undefined : `row-${current}`}
      onScroll={({ currentTarget }) => setScrolled(currentTarget.scrollTop)}
    >
      <div class="virtual-space" style={{ height: `${total}px` }}>
        <div class="virtual-rows" style={{ transform: `translateY(${scrolled - top + first * rowHeight}px)` }}>
          {Array.from({ length: Math.max(0, last - first) }, (_, index) => row(first + index))}
        </div>
      </div>
    </div>
  );
}

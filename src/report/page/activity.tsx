/** How many events there were at each time, as a small picture. */
import { useMemo } from 'preact/hooks';
import { countText, momentText } from './format.js';
import { useShown } from './shown.js';

const BARS = 120;
const HEIGHT = 60;

export function Activity() {
  const { recording } = useShown();
  const { counts, most, step } = useMemo(() => {
    const { clock, rows } = recording;
    const end = Math.max(1, clock[rows - 1] ?? 1);
    const found = new Array<number>(BARS).fill(0);
    for (const time of clock) found[Math.min(BARS - 1, Math.floor((time / end) * BARS))]!++;
    return { counts: found, most: Math.max(1, ...found), step: end / BARS };
  }, [recording]);
  if (!recording.data.overview.timed) return <p class="quiet">The events have no times.</p>;
  return (
    <figure class="activity">
      <svg viewBox={`0 0 ${BARS} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label="Events over time">
        {counts.map((count, index) => (
          <rect key={index} x={index} width="0.8" y={HEIGHT - (count / most) * HEIGHT} height={(count / most) * HEIGHT}>
            <title>
              {countText(count)} events from {momentText(index * step)} s on
            </title>
          </rect>
        ))}
      </svg>
      <figcaption class="quiet">
        <span>0 s</span>
        <span>
          at most {countText(most)} events in {(step / 1e6).toFixed(1)} ms
        </span>
        <span>{momentText(step * BARS)} s</span>
      </figcaption>
    </figure>
  );
}

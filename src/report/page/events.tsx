/** The events one below the other. */
import { durationText, momentText } from './format.js';
import { FilterBar } from './filter-bar.js';
import type { Recording } from './recording.js';
import { useLines, useShown } from './shown.js';
import { VirtualList } from './virtual-list.js';

export const ROW_HEIGHT = 21;

export function Events() {
  const {
    recording,
    place,
    go,
    matches: { rows },
  } = useShown();
  useLines(recording);
  const rowAt = (index: number): number => rows?.[index] ?? index;
  const current = currentIndex(recording, rows, place.event);
  return (
    <section class="view fill">
      <FilterBar />
      <div class="event-row event-head" aria-hidden="true">
        <span class="number">event</span>
        <span class="number">time, s</span>
        <span>task</span>
        <span class="number">took</span>
        <span>what</span>
      </div>
      <VirtualList
        label="Events"
        class="events"
        count={rows?.length ?? recording.rows}
        rowHeight={ROW_HEIGHT}
        current={current}
        onMove={(index) => go({ event: recording.eventOf(rowAt(index)) })}
        row={(index) => (
          <EventRow
            key={rowAt(index)}
            recording={recording}
            row={rowAt(index)}
            index={index}
            isCurrent={index === current}
            open={() => go({ event: recording.eventOf(rowAt(index)) })}
          />
        )}
      />
    </section>
  );
}

/** Where the event is in the list; undefined where the filter leaves it out. */
function currentIndex(recording: Recording, rows: Uint32Array | undefined, event: number | undefined): number | undefined {
  const row = event === undefined ? undefined : recording.rowOf(event);
  if (row === undefined || rows === undefined) return row;
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return rows[low] === row ? low : undefined;
}

interface EventRowProps {
  readonly recording: Recording;
  readonly row: number;
  readonly index: number;
  readonly isCurrent: boolean;
  open(): void;
}

function EventRow({ recording, row, index, isCurrent, open }: EventRowProps) {
  const { columns } = recording;
  const duration = recording.durationOf(row);
  const style = columns.errors[row]! > 0 ? 'failed' : recording.groupOf(row);
  return (
    <div
      id={`row-${index}`}
      role="option"
      aria-selected={isCurrent}
      class={`event-row ${style}`}
      data-event={recording.eventOf(row)}
      onClick={open}
    >
      <span class="number">{recording.eventOf(row)}</span>
      <span class="number quiet">{momentText(columns.times[row]!)}</span>
      <span class="quiet">{recording.taskName(columns.tasks[row]!)}</span>
      <span class={`number ${duration?.entered ? '' : 'quiet'}`}>{duration === undefined ? '' : durationText(duration.time)}</span>
      <code>{recording.lines.line(row) ?? '…'}</code>
    </div>
  );
}

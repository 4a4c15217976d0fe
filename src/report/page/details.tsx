/** Everything about the event that is looked at. */
import { NO_FILTER } from './filter.js';
import { countText, durationText, momentText } from './format.js';
import { useLines, useShown } from './shown.js';

export function Details() {
  const {
    recording,
    place: { event, view },
    go,
    setFilter,
  } = useShown();
  useLines(recording);
  if (event === undefined) return null;
  const row = recording.rowOf(event);
  const close = (
    <button type="button" class="close" aria-label="Close" onClick={() => go({ event: undefined })}>
      ×
    </button>
  );
  if (row === undefined) {
    const { head, tail, events } = recording.data.listed;
    const why =
      event > events
        ? `the trace has ${countText(events)} events`
        : `the page lists the first ${countText(head)} and the last ${countText(tail)} of ${countText(events)}`;
    return (
      <aside class="details" aria-label="Event">
        <div class="details-head">
          <strong>event {event}</strong>
          <span class="quiet">not listed: {why}</span>
          {close}
        </div>
      </aside>
    );
  }
  const { columns } = recording;
  const task = columns.tasks[row]!;
  const duration = recording.durationOf(row);
  const entered = recording.enteredAt(row);
  const file = recording.fileOf(row);
  return (
    <aside class="details" aria-label="Event">
      <div class="details-head">
        <strong>event {event}</strong>
        <span>{recording.kindOf(row)}</span>
        <button type="button" class="link" onClick={() => setFilter({ task })}>
          task {recording.taskName(task)}
        </button>
        <span>at {momentText(columns.times[row]!)} s</span>
        {duration && (
          <span
            title={
              duration.entered
                ? 'from the entry of the call to its return'
                : "from the event before to the return, the guest's own instructions included"
            }
          >
            took {duration.entered ? '' : 'at most '}
            {durationText(duration.time)}
          </span>
        )}
        {entered !== undefined && (
          <button type="button" class="link" onClick={() => go({ event: recording.eventOf(entered) })}>
            entered at {recording.eventOf(entered)}
          </button>
        )}
        {file !== undefined && (
          <button
            type="button"
            class="link cut"
            onClick={() => go({ view: 'events', filter: { ...NO_FILTER, file: columns.files[row]! } })}
          >
            {file}
          </button>
        )}
        {view !== 'events' && (
          <button type="button" class="link" onClick={() => go({ view: 'events' })}>
            in the list
          </button>
        )}
        {view !== 'timeline' && (
          <button type="button" class="link" onClick={() => go({ view: 'timeline' })}>
            in the timeline
          </button>
        )}
        {close}
      </div>
      <code class="details-line">{recording.lines.line(row) ?? '…'}</code>
    </aside>
  );
}

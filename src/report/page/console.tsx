/** What the guest wrote to its standard output and error, in time. */
import { useMemo, useState } from 'preact/hooks';
import { bytesText, momentText } from './format.js';
import { consoleLines, type LinePiece } from './console-lines.js';
import { useShown } from './shown.js';
import { VirtualList } from './virtual-list.js';

const LINE_HEIGHT = 19;

export function Console() {
  const { recording, place, go } = useShown();
  const { parts, leftOut } = recording.data.console;
  const lines = useMemo(() => consoleLines(parts), [recording]);
  // A write may be several lines: this is the one that the keyboard is on.
  const [line, setLine] = useState<number>();
  const first = useMemo(() => firstLineOf(lines, place.event), [lines, place.event]);
  const current = line !== undefined && isOf(lines[line], place.event) ? line : first;
  const move = (index: number): void => {
    const next = writtenLine(lines, index, index < (current ?? 0) ? -1 : 1);
    if (next === undefined) return;
    setLine(next);
    go({ event: lines[next]![0]!.part.event });
  };
  if (parts.length === 0)
    return (
      <section class="view">
        <p class="quiet">
          The guest wrote nothing to its standard output or error
          {recording.data.overview.notes.length > 0 ? ' that the trace tells of' : ''}.
        </p>
      </section>
    );
  return (
    <section class="view fill">
      <p class="hint quiet">
        A click on text goes to the event that wrote it. {leftOut > 0 && `${bytesText(leftOut)} behind the end of this are left out.`}
      </p>
      <VirtualList
        label="Console output"
        class="console"
        count={lines.length}
        rowHeight={LINE_HEIGHT}
        current={current}
        onMove={move}
        row={(index) => (
          <ConsoleLine
            key={index}
            index={index}
            pieces={lines[index]!}
            event={place.event}
            isCurrent={index === current}
            open={(event) => go({ event })}
          />
        )}
      />
    </section>
  );
}

interface ConsoleLineProps {
  readonly index: number;
  readonly pieces: readonly LinePiece[];
  readonly event: number | undefined;
  readonly isCurrent: boolean;
  open(event: number): void;
}

const ConsoleLine = ({ index, pieces, event, isCurrent, open }: ConsoleLineProps) => (
  <div id={`row-${index}`} role="option" aria-selected={isCurrent} class="console-line">
    <span class="number quiet">{pieces[0] && momentText(pieces[0].part.time)}</span>
    <code>
      {pieces.map(({ part, text }, at) => (
        <span
          key={at}
          class={`piece ${part.stream === 2 ? 'stderr' : ''} ${part.event === event ? 'current' : ''}`}
          data-event={part.event}
          onClick={() => open(part.event)}
        >
          {text}
        </span>
      ))}
    </code>
  </div>
);

type Line = readonly LinePiece[];

const isOf = (line: Line | undefined, event: number | undefined): boolean => line?.some(({ part }) => part.event === event) ?? false;

function firstLineOf(lines: readonly Line[], event: number | undefined): number | undefined {
  const found = event === undefined ? -1 : lines.findIndex((line) => isOf(line, event));
  return found < 0 ? undefined : found;
}

/** The line, or the next one in that direction that is not empty: nobody is known to have written an empty one. */
function writtenLine(lines: readonly Line[], index: number, step: 1 | -1): number | undefined {
  for (let at = index; at >= 0 && at < lines.length; at += step) if (lines[at]!.length > 0) return at;
  return undefined;
}

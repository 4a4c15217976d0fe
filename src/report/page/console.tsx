/** What the guest wrote to its standard output and error, in time. */
import { useMemo } from 'preact/hooks';
import { bytesText, momentText } from './format.js';
import { consoleLines, type LinePiece } from './console-lines.js';
import { useShown } from './shown.js';
import { VirtualList } from './virtual-list.js';

const LINE_HEIGHT = 19;

export function Console() {
  const { recording, place, go } = useShown();
  const { parts, leftOut } = recording.data.console;
  const lines = useMemo(() => consoleLines(parts), [recording]);
  const current = useMemo(() => lastLineOf(lines, place.event), [lines, place.event]);
  if (parts.length === 0) return <section class="view"><p class="quiet">The guest wrote nothing to its standard output or error{recording.data.overview.notes.length > 0 ? ' that the trace tells of' : ''}.</p></section>;
  return (
    <section class="view fill">
      <p class="hint quiet">A click on text goes to the event that wrote it. {leftOut > 0 && `${bytesText(leftOut)} behind the end of this are left out.`}</p>
      <VirtualList label="Console output" class="console" count={lines.length} rowHeight={LINE_HEIGHT} current={current} onMove={(index) => moveTo(lines, index, (event) => go({ event }))}
        row={(index) => <ConsoleLine key={index} index={index} pieces={lines[index]!} event={place.event} isCurrent={index === current} open={(event) => go({ event })} />} />
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
        <span key={at} class={`piece ${part.stream === 2 ? 'stderr' : ''} ${part.event === event ? 'current' : ''}`} data-event={part.event} onClick={() => open(part.event)}>{text}</span>
      ))}
    </code>
  </div>
);

function lastLineOf(lines: readonly (readonly LinePiece[])[], event: number | undefined): number | undefined {
  if (event === undefined) return undefined;
  const found = lines.findIndex((pieces) => pieces.some(({ part }) => part.event === event));
  return found < 0 ? undefined : found;
}

/** Lines of one write are passed together; empty lines have no event. */
function moveTo(lines: readonly (readonly LinePiece[])[], index: number, open: (event: number) => void): void {
  const piece = lines[index]?.[0] ?? lines.slice(index).find((pieces) => pieces.length > 0)?.[0];
  if (piece !== undefined) open(piece.part.event);
}

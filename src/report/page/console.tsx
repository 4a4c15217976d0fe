/** What the guest wrote to its standard output and error, in time. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { bytesText, countText, momentText } from './format.js';
import { consoleLines, cutAt, linesWith, stretchesOf, type LinePiece } from './console-lines.js';
import { SEARCH_ID } from './filter-bar.js';
import { useShown } from './shown.js';
import { textPattern } from './text-pattern.js';
import { VirtualList } from './virtual-list.js';

const LINE_HEIGHT = 19;

export function Console() {
  const { recording, place, go, finder } = useShown();
  const { parts, leftOut } = recording.data.console;
  const lines = useMemo(() => consoleLines(parts), [recording]);
  // A write may be several lines: this is the one that the keyboard is on.
  const [line, setLine] = useState<number>();
  const first = useMemo(() => firstLineOf(lines, place.event), [lines, place.event]);
  const current = line !== undefined && isOf(lines[line], place.event) ? line : first;
  const pattern = useMemo(() => (place.find === '' ? undefined : textPattern(place.find)), [place.find]);
  const found = useMemo(() => (pattern === undefined ? [] : linesWith(lines, pattern)), [lines, pattern]);
  const open = (index: number): void => {
    setLine(index);
    go({ event: lines[index]![0]!.part.event });
  };
  const move = (index: number): void => {
    const next = writtenLine(lines, index, index < (current ?? 0) ? -1 : 1);
    if (next !== undefined) open(next);
  };
  finder.current = (step) => {
    const next = neighbour(found, current, step);
    if (next !== undefined) open(next);
  };
  useEffect(() => () => void (finder.current = undefined), []);
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
      <FindBar found={found} current={current} />
      <p class="hint quiet">
        A click on text goes to the event that wrote it. {leftOut > 0 && `${bytesText(leftOut)} behind the end of this are left out.`}
      </p>
      <VirtualList
        label="Console output"
        class="console"
        count={lines.length}
        rowHeight={LINE_HEIGHT}
        current={current}
        seen={found[0]}
        onMove={move}
        row={(index) => (
          <ConsoleLine
            key={index}
            index={index}
            pieces={lines[index]!}
            event={place.event}
            isCurrent={index === current}
            pattern={pattern}
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
  /** What is looked for. */
  readonly pattern: RegExp | undefined;
  open(event: number): void;
}

function ConsoleLine({ index, pieces, event, isCurrent, pattern, open }: ConsoleLineProps) {
  const stretches = pattern === undefined ? [] : stretchesOf(pieces, pattern);
  let start = 0;
  return (
    <div id={`row-${index}`} role="option" aria-selected={isCurrent} class="console-line">
      <span class="number quiet">{pieces[0] && momentText(pieces[0].part.time)}</span>
      <code>
        {pieces.map(({ part, text }, at) => {
          const cuts = cutAt(text, start, stretches);
          start += text.length;
          return (
            <span
              key={at}
              class={`piece ${part.stream === 2 ? 'stderr' : ''} ${part.event === event ? 'current' : ''}`}
              data-event={part.event}
              onClick={() => open(part.event)}
            >
              {cuts.map((cut, number) => (cut.isFound ? <mark key={number}>{cut.text}</mark> : cut.text))}
            </span>
          );
        })}
      </code>
    </div>
  );
}

interface FindBarProps {
  /** The lines that have the text. */
  readonly found: readonly number[];
  readonly current: number | undefined;
}

function FindBar({ found, current }: FindBarProps) {
  const { place, go, finder } = useShown();
  const at = current === undefined ? -1 : found.indexOf(current);
  const step = (by: 1 | -1): void => finder.current?.(by);
  const isNone = found.length === 0;
  return (
    <form
      class="filters"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        step(1);
      }}
    >
      <input
        id={SEARCH_ID}
        type="search"
        placeholder="find text  /"
        aria-label="Find"
        value={place.find}
        onInput={({ currentTarget }) => go({ find: currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !event.shiftKey) return;
          event.preventDefault();
          step(-1);
        }}
      />
      <div class="segments" role="group" aria-label="Matches">
        <button type="button" aria-label="Previous match" title="previous  p, Shift Enter" disabled={isNone} onClick={() => step(-1)}>
          ↑
        </button>
        <button type="button" aria-label="Next match" title="next  n, Enter" disabled={isNone} onClick={() => step(1)}>
          ↓
        </button>
      </div>
      {place.find !== '' && (
        <output>
          {at >= 0 && `${countText(at + 1)} of `}
          {countText(found.length)} {found.length === 1 ? 'line' : 'lines'}
        </output>
      )}
    </form>
  );
}

type Line = readonly LinePiece[];

const isOf = (line: Line | undefined, event: number | undefined): boolean => line?.some(({ part }) => part.event === event) ?? false;

function firstLineOf(lines: readonly Line[], event: number | undefined): number | undefined {
  const found = event === undefined ? -1 : lines.findIndex((line) => isOf(line, event));
  return found < 0 ? undefined : found;
}

/** The next line of those found behind the current one, or before it; round the end. */
function neighbour(found: readonly number[], current: number | undefined, step: 1 | -1): number | undefined {
  if (step > 0) return found.find((line) => line > (current ?? -1)) ?? found[0];
  return found.findLast((line) => line < (current ?? Infinity)) ?? found.at(-1);
}

/** The line, or the next one in that direction that is not empty: nobody is known to have written an empty one. */
function writtenLine(lines: readonly Line[], index: number, step: 1 | -1): number | undefined {
  for (let at = index; at >= 0 && at < lines.length; at += step) if (lines[at]!.length > 0) return at;
  return undefined;
}

/** The frame of the page: heading, views, keyboard. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ReportData } from '../report-data.js';
import { Compare } from './compare.js';
import { Console } from './console.js';
import { Details } from './details.js';
import { Events } from './events.js';
import type { Filter } from './filter.js';
import { SEARCH_ID } from './filter-bar.js';
import { Help } from './help.js';
import { Memory } from './memory.js';
import { Overview } from './overview.js';
import { hashOf, placeOf, VIEWS, type Place, type View } from './place.js';
import type { Recording } from './recording.js';
import { ShownContext, useMatches, type Matches, type Shown } from './shown.js';
import { Statistics } from './statistics.js';
import { Timeline } from './timeline.js';

const SHOWN: Readonly<Record<View, () => preact.JSX.Element | null>> = {
  overview: Overview,
  console: Console,
  timeline: Timeline,
  events: Events,
  memory: Memory,
  statistics: Statistics,
  compare: Compare,
};

interface AppProps {
  readonly data: ReportData;
  readonly recordings: readonly Recording[];
}

export function App({ data, recordings }: AppProps) {
  const { place, go, setFilter } = usePlace(recordings.length);
  const recording = recordings[place.trace]!;
  const matches = useMatches(recording, place.filter);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const views = VIEWS.filter((view) => view !== 'compare' || data.diff !== undefined);
  useKeyboard({ place, go, setFilter, views, recording, recordings, matches, openHelp: () => setHelpOpen(true) });
  const shown: Shown = { data, recordings, recording, place, go, setFilter, matches };
  const View = SHOWN[place.view];
  return (
    <ShownContext.Provider value={shown}>
      <header>
        <div class="heading">
          <strong class="cut">{recording.data.overview.name}</strong>
          <span class="quiet cut">{recording.data.overview.command}</span>
          {recordings.length > 1 && (
            <div class="segments" role="group" aria-label="Trace">
              {recordings.map(({ letter }, trace) => <button key={letter} type="button" aria-pressed={trace === place.trace} onClick={() => go({ trace, event: undefined })}>{letter}</button>)}
            </div>
          )}
          <button type="button" class="help-button" aria-label="Keyboard" title="keyboard  ?" onClick={() => setHelpOpen(true)}>?</button>
        </div>
        <nav role="tablist" aria-label="Views">
          {views.map((view, index) => <button key={view} type="button" role="tab" aria-selected={view === place.view} title={`${index + 1}`} onClick={() => go({ view })}>{view}</button>)}
        </nav>
      </header>
      <main key={place.trace} aria-label={place.view}><View /></main>
      {place.view !== 'compare' && place.view !== 'overview' && <Details />}
      {isHelpOpen && <Help close={() => setHelpOpen(false)} />}
    </ShownContext.Provider>
  );
}

/** Views whose list the filter narrows. */
const FILTERED: ReadonlySet<View> = new Set(['events', 'timeline']);

function usePlace(traces: number): Pick<Shown, 'place' | 'go' | 'setFilter'> {
  const [place, setPlace] = useState(() => placeOf(location.hash, traces));
  useEffect(() => {
    const follow = (): void => setPlace(placeOf(location.hash, traces));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const isNewView = useRef(false);
  useEffect(() => {
    const hash = hashOf(place);
    if (hash === location.hash) return;
    // Views are steps back and forth; what is chosen in one is not.
    history[isNewView.current ? 'pushState' : 'replaceState'](null, '', hash);
    isNewView.current = false;
  }, [place]);
  const go = useCallback((change: Partial<Place>) => setPlace((old) => {
    if (change.view !== undefined && change.view !== old.view) isNewView.current = true;
    return { ...old, ...change };
  }), []);
  const setFilter = useCallback((change: Partial<Filter>) => setPlace((old) => {
    const view = FILTERED.has(old.view) ? old.view : 'events';
    if (view !== old.view) isNewView.current = true;
    return { ...old, view, filter: { ...old.filter, ...change } };
  }), []);
  return { place, go, setFilter };
}

interface Keyboard extends Pick<Shown, 'place' | 'go' | 'setFilter' | 'recording' | 'recordings'> {
  readonly views: readonly View[];
  readonly matches: Matches;
  openHelp(): void;
}

function useKeyboard(keyboard: Keyboard): void {
  const latest = useRef(keyboard);
  latest.current = keyboard;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const field = event.target instanceof HTMLElement && event.target.matches('input[type=search], select, dialog *');
      if (field) {
        if (event.key === 'Escape') (event.target as HTMLElement).blur();
        return;
      }
      if (act(event.key, latest.current)) event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

/** Whether the key means something. */
function act(key: string, { views, place, go, setFilter, recording, recordings, matches, openHelp }: Keyboard): boolean {
  const view = /^[1-9]$/.test(key) ? views[Number(key) - 1] : undefined;
  if (view !== undefined) go({ view });
  else if (key === '/') search(place.view, go);
  else if (key === '?') openHelp();
  else if (key === 'e') setFilter({ errorsOnly: !place.filter.errorsOnly });
  else if (key === 'l') go({ view: 'events' });
  else if (key === 't') go({ view: 'timeline' });
  else if (key === 'x' && recordings.length > 1) go({ trace: 1 - place.trace, event: undefined });
  else if (key === 'n' || key === 'p') go({ event: neighbour(recording, matches, place.event, key === 'n' ? 1 : -1) });
  else if (key === 'Escape') go({ event: undefined });
  else return false;
  return true;
}

/** The field is there once the view is. */
function search(view: View, go: Shown['go']): void {
  if (!FILTERED.has(view)) go({ view: 'events' });
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(SEARCH_ID)?.focus()));
}

/** The next event that fits the filter, or the one before. */
function neighbour(recording: Recording, { rows }: Matches, event: number | undefined, step: 1 | -1): number | undefined {
  const count = rows?.length ?? recording.rows;
  if (count === 0) return event;
  const eventAt = (index: number): number => recording.eventOf(rows?.[index] ?? index);
  if (event === undefined) return eventAt(step > 0 ? 0 : count - 1);
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (eventAt(middle) < event || (step > 0 && eventAt(middle) === event)) low = middle + 1;
    else high = middle;
  }
  const index = step > 0 ? low : low - 1;
  return index < 0 || index >= count ? event : eventAt(index);
}

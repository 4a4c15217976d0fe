/** The frame of the page: heading, views, keyboard. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ReportData } from '../report-data.js';
import { Compare } from './compare.js';
import { Console } from './console.js';
import { Details } from './details.js';
import { Events } from './events.js';
import type { Filter } from './filter.js';
import { Help } from './help.js';
import { useKeyboard } from './keyboard.js';
import { Memory } from './memory.js';
import { Overview } from './overview.js';
import { FILTERED, hashOf, placeOf, VIEWS, type Place, type View } from './place.js';
import type { Recording } from './recording.js';
import { ShownContext, useMatches, type Shown } from './shown.js';
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
  const finder = useRef<(step: 1 | -1) => void>(undefined);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const views = VIEWS.filter((view) => view !== 'compare' || data.diff !== undefined);
  useKeyboard({ place, go, setFilter, views, recording, recordings, finder, matches, openHelp: () => setHelpOpen(true) });
  const shown: Shown = { data, recordings, recording, place, go, setFilter, matches, finder };
  const View = SHOWN[place.view];
  return (
    <ShownContext.Provider value={shown}>
      <header>
        <div class="heading">
          <strong class="cut">{recording.data.overview.name}</strong>
          <span class="quiet cut">{recording.data.overview.command}</span>
          {recordings.length > 1 && (
            <div class="segments" role="group" aria-label="Trace">
              {recordings.map(({ letter }, trace) => (
                <button key={letter} type="button" aria-pressed={trace === place.trace} onClick={() => go({ trace, event: undefined })}>
                  {letter}
                </button>
              ))}
            </div>
          )}
          <button type="button" class="help-button" aria-label="Keyboard" title="keyboard  ?" onClick={() => setHelpOpen(true)}>
            ?
          </button>
        </div>
        <nav role="tablist" aria-label="Views">
          {views.map((view, index) => (
            <button
              key={view}
              type="button"
              role="tab"
              aria-selected={view === place.view}
              title={`${index + 1}`}
              onClick={() => go({ view })}
            >
              {view}
            </button>
          ))}
        </nav>
      </header>
      <main key={place.trace} aria-label={place.view}>
        <View />
      </main>
      {place.view !== 'compare' && place.view !== 'overview' && <Details />}
      {isHelpOpen && <Help close={() => setHelpOpen(false)} />}
    </ShownContext.Provider>
  );
}

function usePlace(traces: number): Pick<Shown, 'place' | 'go' | 'setFilter'> {
  const [place, setPlace] = useState(() => placeOf(location.hash, traces));
  useLayoutEffect(() => {
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
  const go = useCallback(
    (change: Partial<Place>) =>
      setPlace((old) => {
        if (change.view !== undefined && change.view !== old.view) isNewView.current = true;
        // Tasks and files have other numbers in the other trace.
        const isOther = change.trace !== undefined && change.trace !== old.trace;
        const filter = isOther ? { ...old.filter, task: undefined, file: undefined } : old.filter;
        return { ...old, filter, ...change };
      }),
    [],
  );
  const setFilter = useCallback(
    (change: Partial<Filter>) =>
      setPlace((old) => {
        const view = FILTERED.has(old.view) ? old.view : 'events';
        if (view !== old.view) isNewView.current = true;
        return { ...old, view, filter: { ...old.filter, ...change } };
      }),
    [],
  );
  return { place, go, setFilter };
}

/** What keys do, wherever the focus is but in fields. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { SEARCH_ID } from './filter-bar.js';
import { SEARCHED, type View } from './place.js';
import type { Recording } from './recording.js';
import type { Matches, Shown } from './shown.js';

interface Keyboard extends Pick<Shown, 'place' | 'go' | 'setFilter' | 'recording' | 'recordings' | 'finder'> {
  readonly views: readonly View[];
  readonly matches: Matches;
  openHelp(): void;
}

export function useKeyboard(keyboard: Keyboard): void {
  const latest = useRef(keyboard);
  latest.current = keyboard;
  // Before anything is to be seen: who sees the page may press a key.
  useLayoutEffect(() => {
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
function act(key: string, { views, place, go, setFilter, recording, recordings, finder, matches, openHelp }: Keyboard): boolean {
  const view = /^[1-9]$/.test(key) ? views[Number(key) - 1] : undefined;
  if (view !== undefined) go({ view });
  else if (key === '/') search(place.view, go);
  else if (key === '?') openHelp();
  else if (key === 'e') setFilter({ errorsOnly: !place.filter.errorsOnly });
  else if (key === 'l') go({ view: 'events' });
  else if (key === 't') go({ view: 'timeline' });
  else if (key === 'x' && recordings.length > 1) go({ trace: 1 - place.trace, event: undefined });
  else if ((key === 'n' || key === 'p') && place.view === 'console' && place.find !== '') finder.current?.(key === 'n' ? 1 : -1);
  else if (key === 'n' || key === 'p') go({ event: neighbour(recording, matches, place.event, key === 'n' ? 1 : -1) });
  else if (key === 'Escape') go({ event: undefined });
  else return false;
  return true;
}

/** The field is there once the view is. */
function search(view: View, go: Shown['go']): void {
  if (!SEARCHED.has(view)) go({ view: 'events' });
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

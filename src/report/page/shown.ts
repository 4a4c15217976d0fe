/** What every part of the page gets: the recording that is looked at, and how to look at something else. */
import { createContext } from 'preact';
import { useContext, useEffect, useLayoutEffect, useReducer, useState } from 'preact/hooks';
import type { ReportData } from '../report-data.js';
import { matchingRows, type Filter } from './filter.js';
import type { Place } from './place.js';
import type { Recording } from './recording.js';

export interface Shown {
  readonly data: ReportData;
  readonly recordings: readonly Recording[];
  readonly recording: Recording;
  readonly place: Place;
  go(change: Partial<Place>): void;
  setFilter(change: Partial<Filter>): void;
  readonly matches: Matches;
  /** Goes to the next or the previous line of the console that has the text looked for; set by the console. */
  readonly finder: { current: ((step: 1 | -1) => void) | undefined };
}

export interface Matches {
  /** Rows that fit the filter, in order; undefined for all. */
  readonly rows: Uint32Array | undefined;
  /** True while they are looked for; the rows are those of the filter before. */
  readonly isPending: boolean;
}

export const ShownContext = createContext<Shown | undefined>(undefined);

export function useShown(): Shown {
  return useContext(ShownContext)!;
}

export function useMatches(recording: Recording, filter: Filter): Matches {
  const [found, setFound] = useState<{ readonly of?: Recording; readonly key?: string; readonly rows?: Uint32Array | undefined }>({});
  const key = JSON.stringify(filter);
  useEffect(() => {
    const abort = new AbortController();
    void matchingRows(recording, filter, abort.signal).then((rows) => {
      if (!abort.signal.aborted) setFound({ of: recording, key, rows });
    });
    return () => abort.abort();
  }, [recording, key]);
  // Told by what was found, so that it is true from the first drawing with another filter on.
  return { rows: found.rows, isPending: found.of !== recording || found.key !== key };
}

/** Draws again whenever lines were unpacked. */
export function useLines(recording: Recording): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  // At once: lines that come before an effect would be missed.
  useLayoutEffect(() => recording.lines.onLoad(() => again(undefined as never)), [recording]);
}

/** Width and height of an element's inside, in CSS pixels. */
export function useSize(element: { readonly current: HTMLElement | null }): { readonly width: number; readonly height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const measure = (): void => setSize({ width: current.clientWidth, height: current.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    measure();
    return () => observer.disconnect();
  }, []);
  return size;
}

/** Counts changes of the colour scheme, for drawings that take their colours from the style. */
export function useColourScheme(): boolean {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const change = (): void => setDark(query.matches);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, []);
  return isDark;
}

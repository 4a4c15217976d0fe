/** What the page shows, as the address behind # keeps it. */
import { NO_FILTER, type Filter } from './filter.js';

export const VIEWS = ['overview', 'console', 'timeline', 'events', 'memory', 'statistics', 'compare'] as const;
export type View = (typeof VIEWS)[number];

/** Views whose events the filter narrows. */
export const FILTERED: ReadonlySet<View> = new Set(['events', 'timeline']);

/** Views with a field for text. */
export const SEARCHED: ReadonlySet<View> = new Set([...FILTERED, 'console']);

export interface Place {
  readonly view: View;
  /** 0 or 1. */
  readonly trace: number;
  /** The event that is looked at. */
  readonly event?: number | undefined;
  /** Text that is looked for in the console output. */
  readonly find: string;
  readonly filter: Filter;
}

const numberIn = (params: URLSearchParams, name: string): number | undefined => {
  const text = params.get(name);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
};

export function placeOf(hash: string, traces: number): Place {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const view = VIEWS.find((each) => each === params.get('view')) ?? 'overview';
  const group = (['call', 'signal', 'other'] as const).find((each) => each === params.get('kind')) ?? '';
  return {
    view: view === 'compare' && traces < 2 ? 'overview' : view,
    trace: traces > 1 && params.get('trace') === 'b' ? 1 : 0,
    event: numberIn(params, 'event'),
    find: params.get('find') ?? '',
    filter: {
      ...NO_FILTER,
      text: params.get('text') ?? '',
      group,
      call: numberIn(params, 'call'),
      task: numberIn(params, 'task'),
      errno: numberIn(params, 'errno'),
      file: numberIn(params, 'file'),
      errorsOnly: params.has('errors'),
    },
  };
}

export function hashOf({ view, trace, event, find, filter }: Place): string {
  const params = new URLSearchParams({ view });
  if (trace === 1) params.set('trace', 'b');
  if (event !== undefined) params.set('event', `${event}`);
  if (find !== '') params.set('find', find);
  if (filter.text !== '') params.set('text', filter.text);
  if (filter.group !== '') params.set('kind', filter.group);
  for (const name of ['call', 'task', 'errno', 'file'] as const) if (filter[name] !== undefined) params.set(name, `${filter[name]}`);
  if (filter.errorsOnly) params.set('errors', '1');
  return `#${params}`;
}

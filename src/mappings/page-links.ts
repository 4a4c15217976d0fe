/** Links between the places of the same pages, few enough to draw. */
import type { SpaceId } from '../base/brands.js';
import type { PagePlace, SamePages } from './same-pages.js';

export interface LinkEnd {
  readonly space: SpaceId;
  readonly address: number;
}

/** Pages at two places; the end in the earlier space, or at the lower address of one space, comes first. */
export interface PageLink {
  readonly from: LinkEnd;
  readonly to: LinkEnd;
  /** Bytes. */
  readonly length: number;
}

/** All places of the same pages hang together: the shared ones in a chain, each private one at a shared one. */
export function pageLinks(groups: readonly SamePages[]): PageLink[] {
  const links = new Map<string, PageLink>();
  for (const { length, places } of groups) {
    for (const { from, to } of linksAmong(places)) add(links, { from: endOf(from), to: endOf(to), length });
  }
  return [...links.values()];
}

const endOf = ({ space, address }: PagePlace): LinkEnd => ({ space, address });

interface Pair {
  readonly from: PagePlace;
  readonly to: PagePlace;
}

function linksAmong(places: readonly PagePlace[]): Pair[] {
  const first = places.find(({ piece }) => piece.shared);
  let last: PagePlace | undefined;
  return places.flatMap((place): Pair[] => {
    const before = last;
    if (place.piece.shared) last = place;
    if (before !== undefined) return [{ from: before, to: place }];
    return place.piece.shared || first === undefined ? [] : [{ from: place, to: first }];
  });
}

/** A link that goes on where another ends makes that one longer. */
function add(links: Map<string, PageLink>, link: PageLink): void {
  const key = ({ from, to }: PageLink, length: number): string => `${from.space} ${from.address + length} ${to.space} ${to.address + length}`;
  const before = links.get(key(link, 0));
  links.delete(key(link, 0));
  const whole = before === undefined ? link : { ...before, length: before.length + link.length };
  links.set(key(whole, whole.length), whole);
}

/** Where the pieces of address spaces go in a drawing: one lane a space, the lowest address on top. Lengths are in pixels. */
import { PAGE_SIZE, type SpaceId } from '../base/brands.js';
import type { ReportedPart, ReportedPlace, ReportedSpace } from './maps-report.js';

export const LANE_WIDTH = 400;
/** Between two lanes: the links go there. */
const LANE_GAP = 110;
const GAP_HEIGHT = 16;
/** A piece of one page; enough for a line of text. */
const PIECE_HEIGHT = 16;
const HEIGHT_PER_DOUBLING = 3;
const HEIGHT_PER_PART = 3;
const PART_HEIGHTS = 180;

type Piece = ReportedSpace['pieces'][number];

export interface LanePiece {
  readonly piece: Piece;
  readonly top: number;
  readonly height: number;
  /** Bytes of nothing between the piece before and this one. */
  readonly gap: number;
}

export interface Lane {
  readonly space: ReportedSpace;
  readonly left: number;
  readonly pieces: readonly LanePiece[];
  readonly bottom: number;
}

/** Pages that two lanes, or two places of one, show. */
export interface PageLink {
  readonly from: PageEnd;
  readonly to: PageEnd;
  readonly bytes: number;
}

export interface PageEnd {
  readonly lane: Lane;
  readonly address: number;
  readonly top: number;
  readonly bottom: number;
}

/** The lanes side by side, from a corner on. */
export function lanesOf(spaces: readonly ReportedSpace[], corner: { readonly left: number; readonly top: number }): Lane[] {
  return spaces.map((space, index) => {
    let top = corner.top;
    let behind: number | undefined;
    const pieces = space.pieces.map((piece): LanePiece => {
      const gap = behind === undefined ? 0 : piece.start - behind;
      behind = piece.end;
      if (gap > 0) top += GAP_HEIGHT;
      const placed = { piece, top, height: heightOf(piece), gap };
      top += placed.height;
      return placed;
    });
    return { space, left: corner.left + index * (LANE_WIDTH + LANE_GAP), pieces, bottom: top };
  });
}

function heightOf({ start, end, also }: Piece): number {
  const pages = (end - start) / PAGE_SIZE;
  const forParts = also.length > 1 ? Math.min(PART_HEIGHTS, also.length * HEIGHT_PER_PART) : 0;
  return Math.round(PIECE_HEIGHT + HEIGHT_PER_DOUBLING * Math.log2(pages) + forParts);
}

/** Enough links that all places of the same pages hang together: shared ones in a chain, private ones at one of them. */
export function linksOf(lanes: readonly Lane[]): PageLink[] {
  const bySpace = new Map(lanes.map((lane) => [lane.space.space, lane]));
  return lanes.flatMap((lane) => lane.pieces.flatMap(({ piece }) => piece.also.flatMap((part) => linkOf(bySpace, { lane, piece, part }))));
}

interface Seen {
  readonly lane: Lane;
  readonly piece: Piece;
  readonly part: ReportedPart;
}

function linkOf(lanes: ReadonlyMap<SpaceId, Lane>, { lane, piece, part }: Seen): PageLink[] {
  const own = lane.space.space;
  const isBefore = ({ space, address }: ReportedPlace): boolean => space < own || (space === own && address < part.start);
  const places = part.places.filter((place) => !place.private && lanes.has(place.space));
  const bytes = part.end - part.start;
  const here = pageEnd(lane, part.start, bytes);
  const there = (place: ReportedPlace): PageEnd => pageEnd(lanes.get(place.space)!, place.address, bytes);
  const before = places.findLast(isBefore);
  if (before !== undefined) return [{ from: there(before), to: here, bytes }];
  const [after] = places;
  return piece.shared || after === undefined ? [] : [{ from: here, to: there(after), bytes }];
}

function pageEnd(lane: Lane, address: number, bytes: number): PageEnd {
  return { lane, address, top: heightAt(lane, address, address), bottom: heightAt(lane, address + bytes - 1, address + bytes) };
}

/** How far down an address is in the piece that another one lies in. */
function heightAt({ pieces }: Lane, within: number, address: number): number {
  const { piece, top, height } = pieces.find(({ piece: { start, end } }) => start <= within && within < end)!;
  return top + (height * (address - piece.start)) / (piece.end - piece.start);
}

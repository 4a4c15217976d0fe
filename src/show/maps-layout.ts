/** Where the pieces of address spaces go in a drawing: one lane a space, the lowest address on top. Lengths are in pixels. */
import { PAGE_SIZE } from '../base/brands.js';
import type { PageLink } from '../mappings/index.js';
import type { ReportedSpace } from './maps-report.js';

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
export interface DrawnLink {
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

/** Where the links go; both of their spaces have lanes. */
export function linksOf(lanes: readonly Lane[], links: readonly PageLink[]): DrawnLink[] {
  const bySpace = new Map(lanes.map((lane) => [lane.space.space, lane]));
  return links.map(({ from, to, length }) => {
    const [start, end] = [from, to].map(({ space, address }) => pageEnd(bySpace.get(space)!, address, length)) as [PageEnd, PageEnd];
    return { from: start, to: end, bytes: length };
  });
}

function pageEnd(lane: Lane, address: number, bytes: number): PageEnd {
  return { lane, address, top: heightAt(lane, address, address), bottom: heightAt(lane, address + bytes - 1, address + bytes) };
}

/** How far down an address is in the piece that another one lies in. */
function heightAt(lane: Lane, within: number, address: number): number {
  const { piece, top, height } = placedAt(lane, within);
  return top + (height * (address - piece.start)) / (piece.end - piece.start);
}

/** The piece that an address, which is mapped, lies in. */
export function placedAt({ pieces }: Lane, address: number): LanePiece {
  let [low, high] = [0, pieces.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (pieces[middle]!.piece.end > address) high = middle;
    else low = middle + 1;
  }
  return pieces[low]!;
}

/** Address spaces as a drawing that needs nothing else: SVG 1.1 with styles for light and dark. */
import { basename } from 'node:path';
import { PAGE_SIZE } from '../base/brands.js';
import type { PageLink } from '../mappings/index.js';
import { showBytes } from './info.js';
import type { MapsHeading } from './maps-json.js';
import { LANE_WIDTH, lanesOf, linksOf, placedAt, type DrawnLink, type Lane, type LanePiece, type PageEnd } from './maps-layout.js';
import type { ReportedPiece, ReportedSpace } from './maps-report.js';
import { alsoLines, heading as spaceHeading, rightsText } from './maps.js';
import { visible } from './visible.js';

/** Pixels. */
const MARGIN = 16;
const LINE = 18;
const TEXT_BASELINE = 12;
const LINKS_WIDTH = 100;
const SWATCH = 12;
/** Characters of the font that fit into a lane. */
const LANE_CHARACTERS = Math.floor((LANE_WIDTH - 2 * 6) / 6.65);

const STYLE = `
svg { color-scheme: light dark; font: 11px ui-monospace, "DejaVu Sans Mono", monospace; }
.page { fill: #fff; } text { fill: #16181d; } .quiet { fill: #5a6068; }
.piece { stroke: #16181d; stroke-opacity: .45; fill-opacity: .38; } .plain { fill: #8b93a0; fill-opacity: .18; } .closed { fill: none; stroke-dasharray: 3 3; }
.link { fill-opacity: .34; stroke-opacity: .75; stroke-width: .6; } .link:hover { fill-opacity: .8; }
.title { font-weight: bold; }
@media (prefers-color-scheme: dark) {
.page { fill: #16181d; } text { fill: #e8eaed; } .quiet { fill: #a2a9b3; }
.piece { stroke: #e8eaed; } .plain { fill: #8b93a0; fill-opacity: .3; }
}`;

export interface DrawnSpaces {
  readonly spaces: readonly ReportedSpace[];
  readonly links: readonly PageLink[];
}

/** The whole file. */
export function mapsSvg({ spaces, links }: DrawnSpaces, { trace, notes, event }: MapsHeading): string {
  const title = `${basename(trace)} after event ${event}`;
  const lines = notes.map((note) => `note: ${note}`);
  const memories = memoriesOf(spaces);
  const legendTop = MARGIN + (lines.length + 2) * LINE;
  const lanes = lanesOf(spaces, { left: MARGIN, top: legendTop + (memories.size + 3) * LINE });
  const width = lanes.at(-1)!.left + LANE_WIDTH + LINKS_WIDTH + MARGIN;
  const height = lanes.reduce((lowest, { bottom }) => Math.max(lowest, bottom), 0) + MARGIN;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    textAt({ left: MARGIN, top: MARGIN, style: 'title' }, title),
    ...lines.map((line, index) => textAt({ left: MARGIN, top: MARGIN + (index + 1) * LINE, style: 'quiet' }, line)),
    ...[...memories].flatMap(([, memory], index) => legendLine(memory, legendTop + index * LINE)),
    ...linksOf(lanes, links).map((link) => linkShape(link, memories)),
    ...lanes.flatMap((lane) => laneShapes(lane, memories)),
    '</svg>',
  ].join('\n')}\n`;
}

interface Memory {
  readonly name: string;
  readonly colour: string;
}

/** What is mapped, with a colour each, in the order in which it is met. */
function memoriesOf(spaces: readonly ReportedSpace[]): Map<string, Memory> {
  const found = new Map<string, Memory>();
  for (const piece of spaces.flatMap(({ pieces }) => pieces)) {
    const key = memoryKey(piece);
    if (key === undefined || found.has(key)) continue;
    const name = piece.object === undefined ? piece.name : `#${piece.object} ${piece.name}`;
    found.set(key, { name, colour: colourOf(found.size) });
  }
  return found;
}

function memoryKey({ object, sharedMemory }: ReportedPiece): string | undefined {
  if (object !== undefined) return `object ${object}`;
  return sharedMemory === undefined ? undefined : `shared ${sharedMemory}`;
}

/** Hues a golden angle apart: neighbours differ however many there are. */
const colourOf = (index: number): string => `hsl(${Math.round(210 + index * 137.508) % 360},72%,50%)`;

/** Text for XML: no character that it does not allow. */
const escaped = (text: string): string =>
  visibleLines(text).replace(/[\ufffe\uffff]/g, '?').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

interface TextPlace {
  readonly left: number;
  readonly top: number;
  readonly style?: string;
}

function textAt({ left, top, style }: TextPlace, text: string): string {
  return `<text x="${left}" y="${rounded(top + TEXT_BASELINE)}"${style === undefined ? '' : ` class="${style}"`} xml:space="preserve">${escaped(text)}</text>`;
}

const rounded = (length: number): number => Math.round(length * 10) / 10;

function legendLine({ name, colour }: Memory, top: number): string[] {
  return [
    `<rect class="piece" x="${MARGIN}" y="${top + 1}" width="${SWATCH}" height="${SWATCH}" fill="${colour}"/>`,
    textAt({ left: MARGIN + SWATCH + 8, top }, name),
  ];
}

function laneShapes(lane: Lane, memories: ReadonlyMap<string, Memory>): string[] {
  const { space, left, pieces } = lane;
  const top = pieces[0]?.top ?? lane.bottom;
  return [
    // Links to lanes farther off pass behind.
    `<rect class="page" x="${left}" y="${top}" width="${LANE_WIDTH}" height="${lane.bottom - top}"/>`,
    textAt({ left, top: top - LINE - 4, style: 'title' }, clipped(spaceHeading({ ...space, ...(space.program !== undefined && { program: basename(space.program) }) }))),
    ...pieces.flatMap((placed) => pieceShapes(placed, left, memories)),
  ];
}

function pieceShapes({ piece, top, height, gap }: LanePiece, left: number, memories: ReadonlyMap<string, Memory>): string[] {
  const memory = memories.get(memoryKey(piece) ?? '');
  const style = piece.protection === '---' ? 'piece closed' : memory === undefined ? 'piece plain' : 'piece';
  const fill = memory === undefined || piece.protection === '---' ? '' : ` fill="${memory.colour}"`;
  const label = `${rangeLabel(piece)} ${rightsText(piece)} `;
  return [
    ...(gap > 0 ? [textAt({ left: left + 6, top: top - LINE + 3, style: 'quiet' }, `⋮ ${showBytes(gap)}`)] : []),
    `<g><title>${escaped(detailsOf(piece))}</title>`,
    `<rect class="${style}" x="${left}" y="${top}" width="${LANE_WIDTH}" height="${height}"${fill}/>`,
    textAt({ left: left + 6, top: top + (height - LINE) / 2 + 1 }, label + clipped(shortName(piece), LANE_CHARACTERS - label.length)),
    '</g>',
  ];
}

const rangeLabel = ({ start, end }: ReportedPiece): string => `${start.toString(16)}-${end.toString(16)}`;

const shortName = ({ name, object }: ReportedPiece): string => (object === undefined ? name : basename(name));

const clipped = (text: string, characters = LANE_CHARACTERS): string => (text.length <= characters ? text : `${text.slice(0, Math.max(0, characters - 1))}…`);

function detailsOf(piece: ReportedSpace['pieces'][number]): string {
  const { start, end, offset, object, name, also } = piece;
  const bytes = end - start;
  return [
    `${rangeLabel(piece)} ${rightsText(piece)}, ${showBytes(bytes)} (${bytes / PAGE_SIZE} ${bytes === PAGE_SIZE ? 'page' : 'pages'})`,
    object === undefined ? name : `object #${object} ${name} from 0x${offset.toString(16)}`,
    ...alsoLines(piece, also).map((line) => line.trim()),
  ].join('\n');
}

/** A band from one place to the other: beside the lane, or across the space between two lanes. */
function linkShape({ from, to, bytes }: DrawnLink, memories: ReadonlyMap<string, Memory>): string {
  const colour = memories.get(memoryKey(placedAt(from.lane, from.address).piece) ?? '')?.colour ?? 'none';
  const title = `the same ${showBytes(bytes)}: ${placeText(from)}, ${placeText(to)}`;
  const path = from.lane === to.lane ? arc(from, to) : band(from, to);
  return `<path class="link" d="${path}" fill="${colour}" stroke="${colour}"><title>${escaped(title)}</title></path>`;
}

const placeText = ({ lane, address }: PageEnd): string => `0x${address.toString(16)} (task ${lane.space.tasks[0]!.task})`;

const rightOf = ({ left }: Lane): number => left + LANE_WIDTH;

/** Farther out the farther its ends are apart. */
function arc(from: PageEnd, to: PageEnd): string {
  const edge = rightOf(from.lane);
  const out = edge + Math.min(LINKS_WIDTH - 10, 14 + Math.abs(to.top - from.top) / 12) * (4 / 3);
  const [a, b, c, d] = [from.top, to.bottom, to.top, from.bottom].map(rounded);
  return `M${edge} ${a}C${rounded(out)} ${a} ${rounded(out)} ${b} ${edge} ${b}L${edge} ${c}C${rounded(out - 2)} ${c} ${rounded(out - 2)} ${d} ${edge} ${d}Z`;
}

function band(from: PageEnd, to: PageEnd): string {
  const [start, end] = [rightOf(from.lane), to.lane.left];
  const middle = (start + end) / 2;
  const [a, b, c, d] = [from.top, to.top, to.bottom, from.bottom].map(rounded);
  return `M${start} ${a}C${middle} ${a} ${middle} ${b} ${end} ${b}L${end} ${c}C${middle} ${c} ${middle} ${d} ${start} ${d}Z`;
}

/** Address spaces as lines of text, in the columns of /proc/PID/maps. */
import type { ReportedChange, ReportedHome, ReportedPart, ReportedPiece, ReportedSpace, ReportedSpaceChanges } from './maps-report.js';
import { styleText } from './style.js';
import { visible } from './visible.js';

export interface MapsTextOptions {
  readonly colour: boolean;
}

/** How many parts of a piece are listed, of each part how many places, and how many tasks of a space. */
const PARTS_LISTED = 6;
const PLACES_LISTED = 6;
const TASKS_LISTED = 8;

/** Each space under its heading, one line a piece; below it where else its pages are seen. */
export function showSpaces(spaces: readonly ReportedSpace[], { colour }: MapsTextOptions): string[] {
  const style = styleText(colour);
  return sections(spaces.map((space) => {
    const lines = pieceLines(space.pieces);
    return [
      style('bold', heading(space)),
      ...space.pieces.flatMap((piece, index) => [lines[index]!, ...alsoLines(piece, piece.also).map((line) => style('dim', line))]),
    ];
  }));
}

/** Each space that is not as it was under its heading, one line a change: `+` added, `-` removed, `~` otherwise. */
export function showSpaceChanges(spaces: readonly ReportedSpaceChanges[], { colour }: MapsTextOptions): string[] {
  const style = styleText(colour);
  return sections(spaces.map((space) => {
    const lines = pieceLines(space.changes.map(({ before, after }) => (after ?? before)!));
    return [style('bold', `${heading(space)}${SPACE_CHANGES[space.change]}`), ...space.changes.map((change, index) => changeLine(change, lines[index]!, style))];
  }));
}

const SPACE_CHANGES = { new: ': new', gone: ': gone', changed: '' } as const;

const sections = (texts: readonly (readonly string[])[]): string[] => texts.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));

/** `space 3, task 4 (pid 1234): /usr/bin/dash` */
export function heading({ space, tasks, program }: ReportedHome): string {
  const listed = tasks.slice(0, TASKS_LISTED).map(({ task, pid }) => (pid === undefined ? `${task}` : `${task} (pid ${pid})`));
  const more = tasks.length > TASKS_LISTED ? ` and ${tasks.length - TASKS_LISTED} more` : '';
  return `space ${space}, ${tasks.length === 1 ? 'task' : 'tasks'} ${listed.join(', ')}${more}${program === undefined ? '' : `: ${visible(program)}`}`;
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');

/** `7ffff7fbd000-7ffff7fbe000` */
const rangeText = ({ start, end }: { readonly start: number; readonly end: number }): string => `${hex(start)}-${hex(end)}`;

/** `rw-s` */
export const rightsText = ({ protection, shared }: ReportedPiece): string => `${protection}${shared ? 's' : 'p'}`;

function pieceLines(pieces: readonly ReportedPiece[]): string[] {
  const rows = pieces.map((piece) => [
    `${rangeText(piece)} ${rightsText(piece)} ${hex(piece.offset)} ${piece.device ?? '00:00'} ${piece.inode ?? 0}`,
    piece.object === undefined ? '' : `#${piece.object}`,
  ]);
  const widths = [0, 1].map((column) => rows.reduce((width, row) => Math.max(width, row[column]!.length), 0));
  return rows.map(([place, object], index) => `${place!.padEnd(widths[0]!)}  ${object!.padStart(widths[1]!)}  ${visible(pieces[index]!.name)}`);
}

/** `    also at 0x7ffff7fbd000 (task 1), 0x40000000 (task 7)`; behind the range where it is only a part. */
export function alsoLines(piece: ReportedPiece, parts: readonly ReportedPart[]): string[] {
  const lines = parts.slice(0, PARTS_LISTED).map((part) => {
    const whole = part.start === piece.start && part.end === piece.end;
    return `    ${whole ? '' : `${rangeText(part)} `}also at ${placesText(part)}`;
  });
  return parts.length > PARTS_LISTED ? [...lines, `    and ${parts.length - PARTS_LISTED} more parts elsewhere`] : lines;
}

function placesText({ places, more = 0 }: ReportedPart): string {
  const listed = places.slice(0, PLACES_LISTED).map((place) => `0x${place.address.toString(16)} (task ${place.task}${place.private ? ', private' : ''})`);
  const left = places.length - listed.length + more;
  return `${listed.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

const SIGNS = { added: '+', removed: '-', protection: '~', remapped: '~' } as const;

function changeLine(change: ReportedChange, line: string, style: ReturnType<typeof styleText>): string {
  const text = `${SIGNS[change.kind]} ${line}${remark(change)}`;
  if (change.kind === 'added') return style('green', text);
  return change.kind === 'removed' ? style('red', text) : text;
}

/** What a changed piece was before. */
function remark({ kind, before, movedFrom }: ReportedChange): string {
  if (movedFrom !== undefined) return `, moved from 0x${movedFrom.toString(16)}`;
  if (before === undefined || kind === 'removed') return '';
  if (kind === 'protection') return `, was ${rightsText(before)}`;
  const object = before.object === undefined ? '' : `#${before.object} `;
  return `, was ${rightsText(before)} ${hex(before.offset)} ${object}${visible(before.name)}`;
}

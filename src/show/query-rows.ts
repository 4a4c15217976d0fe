/** The rows of a query as an aligned table, as CSV and as JSON, line by line. */
import type { QueryCell } from '../trace/index.js';
import type { Style } from './style.js';
import { visible } from './visible.js';

/** A result: its columns, and its rows anew each time they are gone through. */
export interface QueryRows {
  readonly columns: readonly string[];
  rows(): IterableIterator<readonly QueryCell[]>;
}

export type StyleText = (style: Style, text: string) => string;

/** So many rows decide how wide the columns are: there may be millions. */
const MEASURED = 1000;
/** Characters; what is wider stands out of its column. */
const WIDEST = 60;

/** Two blanks between columns, numbers to the right. */
export function* tableLines({ columns, rows }: QueryRows, style: StyleText): Iterable<string> {
  const rest = rows();
  try {
    const sample = firstOf(rest, MEASURED);
    const line = aligned(columns, sample);
    yield style('bold', line(columns.map(visible)));
    for (const row of sample) yield line(row.map(cellText));
    for (const row of rest) yield line(row.map(cellText));
  } finally {
    rest.return?.();
  }
}

function firstOf<Item>(items: Iterator<Item>, count: number): Item[] {
  const first: Item[] = [];
  while (first.length < count) {
    const { done, value } = items.next();
    if (done) break;
    first.push(value);
  }
  return first;
}

/** Puts cells into columns that suit the sample. */
function aligned(columns: readonly string[], sample: readonly (readonly QueryCell[])[]): (cells: readonly string[]) => string {
  const pads = columns.map((name, column) => {
    const lengths = sample.map((row) => cellText(row[column]!).length);
    const width = Math.min(WIDEST, Math.max(visible(name).length, ...lengths));
    const isNumeric = sample.every((row) => isNumber(row[column]!));
    return (text: string): string => (isNumeric ? text.padStart(width) : text.padEnd(width));
  });
  return (cells) => cells.map((cell, column) => pads[column]!(cell)).join('  ').trimEnd();
}

const isNumber = (cell: QueryCell): boolean => cell === null || typeof cell === 'bigint' || typeof cell === 'number';

/** NULL is nothing, bytes are hexadecimal. */
const plain = (cell: QueryCell): string => (cell === null ? '' : cell instanceof Uint8Array ? Buffer.from(cell).toString('hex') : `${cell}`);

const cellText = (cell: QueryCell): string => visible(plain(cell));

/**
 * RFC 4180: the names of the columns, then the rows; each line lacks the line feed behind its carriage
 * return. NULL is an empty field, empty text is `""`. `show` is given all text.
 */
export function* csvLines({ columns, rows }: QueryRows, show: (text: string) => string = (text) => text): Iterable<string> {
  const line = (cells: readonly QueryCell[]): string => `${cells.map((cell) => csvField(cell, show)).join(',')}\r`;
  yield line(columns);
  for (const row of rows()) yield line(row);
}

function csvField(cell: QueryCell, show: (text: string) => string): string {
  if (typeof cell !== 'string') return plain(cell);
  const text = show(cell);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One object a row and a line, its members in the order of the columns. */
export function* jsonLines({ columns, rows }: QueryRows): Iterable<string> {
  const keys = distinct(columns).map((name) => JSON.stringify(name));
  for (const row of rows()) yield `{${row.map((cell, column) => `${keys[column]}:${jsonValue(cell)}`).join(',')}}`;
}

/** Of two columns of one name the second is `name:1`, as in a subquery of SQLite. */
function distinct(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let count = 1; seen.has(unique); count++) unique = `${name}:${count}`;
    seen.add(unique);
    return unique;
  });
}

/** All digits of an integer; infinity is a number that no double holds. */
function jsonValue(cell: QueryCell): string {
  if (cell === null) return 'null';
  if (cell === Infinity) return '9e999';
  if (cell === -Infinity) return '-9e999';
  return typeof cell === 'bigint' || typeof cell === 'number' ? `${cell}` : JSON.stringify(plain(cell));
}

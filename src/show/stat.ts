/** Counted calls as text: strace -c's table for one trace, several traces next to each other. */
import type { StatBy, StatReport, StatRow, Tally, TraceStat } from '../stat/index.js';
import { showBytes } from './info.js';
import type { StyleText } from './query-rows.js';
import { visible } from './visible.js';

/** A column: its title, its least width in characters as strace has it, and what stands in it. */
interface Column {
  readonly title: string;
  readonly width: number;
  readonly text: (row: ShownRow, total: Tally) => string;
  /** Left out where it is empty in every row. */
  readonly optional?: true;
}

type ShownRow = Tally & Pick<StatRow, 'elapsed'>;

const seconds = (nanoseconds: number): string => (nanoseconds / 1e9).toFixed(6);
const positive = (value: number): string => (value === 0 ? '' : `${value}`);
const ifTimed = (row: Tally, text: string): string => (row.timed === 0 ? '' : text);

const SECONDS: Column = { title: 'seconds', width: 11, text: (row) => ifTimed(row, seconds(row.time)) };
const CALLS: Column = { title: 'calls', width: 9, text: ({ calls }) => `${calls}` };
const ERRORS: Column = { title: 'errors', width: 9, text: ({ errors }) => positive(errors) };
const ELAPSED: Column = { title: 'elapsed', width: 11, text: ({ elapsed }) => (elapsed === undefined ? '' : seconds(elapsed)), optional: true };

const LIKE_STRACE: readonly Column[] = [
  { title: '% time', width: 6, text: (row, total) => ifTimed(row, percent(row.time, total.time)) },
  SECONDS,
  { title: 'usecs/call', width: 11, text: (row) => ifTimed(row, `${Math.round(row.time / row.timed / 1000)}`) },
  CALLS,
  ERRORS,
];

const MORE: readonly Column[] = [
  ELAPSED,
  { title: 'read', width: 9, text: ({ bytesRead }) => positive(bytesRead), optional: true },
  { title: 'written', width: 9, text: ({ bytesWritten }) => positive(bytesWritten), optional: true },
  { title: 'mapped', width: 9, text: ({ bytesMapped }) => positive(bytesMapped), optional: true },
  { title: 'unmapped', width: 9, text: ({ bytesUnmapped }) => positive(bytesUnmapped), optional: true },
];

const percent = (part: number, whole: number): string => (whole === 0 ? 0 : (part / whole) * 100).toFixed(2);

/** What the names of the rows are. */
const NAMES: Readonly<Record<StatBy, string>> = { call: 'syscall', task: 'task', file: 'file', errno: 'error', phase: 'phase' };
const NAME_WIDTH = 16;

export function showStat(report: StatReport, style: StyleText): string[] {
  const [only, ...more] = report.traces;
  if (only !== undefined && more.length === 0) return [...single(only, report.by, style), '', ...notes(only).map(aligned)];
  return sideBySide(report, style);
}

function single(trace: TraceStat, by: StatBy, style: StyleText): string[] {
  const { rows, total } = trace;
  const more = MORE.filter(({ text }) => rows.some((row) => text(row, total) !== ''));
  // Paths are long: nothing comes behind them.
  const [before, behind] = by === 'file' ? [[...LIKE_STRACE, ...more], []] : [LIKE_STRACE, more];
  const name: NameColumn = { title: NAMES[by], names: [...rows.map((row) => visible(row.name)), 'total'] };
  const shown: readonly ShownRow[] = [...rows, by === 'phase' ? { ...total, elapsed: trace.elapsed } : total];
  const cells = (columns: readonly Column[]): string[][] => shown.map((row) => columns.map(({ text }) => text(row, total)));
  return table({ before, behind, name, left: cells(before), right: cells(behind) }, style);
}

interface NameColumn {
  readonly title: string;
  readonly names: readonly string[];
}

interface Table {
  readonly before: readonly Column[];
  readonly behind: readonly Column[];
  readonly name: NameColumn;
  /** Cells of each row, the total last. */
  readonly left: readonly (readonly string[])[];
  readonly right: readonly (readonly string[])[];
}

/** As strace prints it: a rule below the head and above the total. */
function table({ before, behind, name, left, right }: Table, style: StyleText): string[] {
  const widthsOf = (columns: readonly Column[], cells: Table['left']): number[] =>
    columns.map(({ title, width }, at) => Math.max(width, title.length, ...cells.map((row) => row[at]!.length)));
  const [leftWidths, rightWidths] = [widthsOf(before, left), widthsOf(behind, right)];
  const nameWidth = Math.max(NAME_WIDTH, ...name.names.map(({ length }) => length));
  const line = (head: readonly string[], middle: string, tail: readonly string[]): string =>
    [...head.map((cell, at) => cell.padStart(leftWidths[at]!)), middle.padEnd(nameWidth), ...tail.map((cell, at) => cell.padStart(rightWidths[at]!))].join(' ').trimEnd();
  const rule = line(leftWidths.map((width) => '-'.repeat(width)), '-'.repeat(nameWidth), rightWidths.map((width) => '-'.repeat(width)));
  const lines = name.names.map((each, at) => line(left[at]!, each, right[at]!));
  const titles = (columns: readonly Column[]): string[] => columns.map(({ title }) => title);
  return [style('bold', line(titles(before), name.title, titles(behind))), rule, ...lines.slice(0, -1), rule, lines.at(-1)!];
}

/** A, B, C … AA. */
function letter(index: number): string {
  return (index >= 26 ? letter(Math.floor(index / 26) - 1) : '') + String.fromCharCode(65 + (index % 26));
}

/** Three columns a trace, rows by their name, those first that take longest in all traces together. */
function sideBySide({ by, traces }: StatReport, style: StyleText): string[] {
  const names = namesOf(traces, by);
  const compared = by === 'phase' ? [ELAPSED, SECONDS, CALLS, ERRORS] : [SECONDS, CALLS, ERRORS];
  const columns = traces.flatMap((_, at) => compared.map((column) => ({ ...column, title: `${letter(at)} ${column.title}` })));
  const byName = traces.map(({ rows }) => new Map(rows.map((row) => [row.name, row])));
  const cellsOf = (row: ShownRow | undefined, total: Tally): string[] => compared.map(({ text }) => (row ? text(row, total) : ''));
  const left = [
    ...names.map((name) => traces.flatMap(({ total }, at) => cellsOf(byName[at]!.get(name), total))),
    traces.flatMap(({ total, elapsed }) => cellsOf({ ...total, elapsed }, total)),
  ];
  const name: NameColumn = { title: NAMES[by], names: [...names.map(visible), 'total'] };
  return [
    ...traces.map((trace, at) => `${letter(at)}  ${visible(titleOf(trace))}`),
    '',
    ...table({ before: columns, behind: [], name, left, right: left.map(() => []) }, style),
    ...traces.flatMap((trace, at) => ['', ...notes(trace).map((note) => `${letter(at)}  ${aligned(note)}`)]),
  ];
}

function namesOf(traces: readonly TraceStat[], by: StatBy): string[] {
  const times = new Map<string, number>();
  for (const { rows } of traces) for (const { name, time } of rows) times.set(name, (times.get(name) ?? 0) + time);
  const names = [...times.keys()];
  return by === 'phase' ? names : names.sort((a, b) => times.get(b)! - times.get(a)! || (a < b ? -1 : 1));
}

const titleOf = ({ path, port, command, events }: TraceStat): string =>
  `${path ?? ''}${port === undefined ? '' : ` (${port})`}: ${command.join(' ')}: ${events} events`;

type Note = readonly [what: string, text: string];

const aligned = ([what, text]: Note): string => `${what.padEnd(8)}  ${text}`;

/** What the numbers mean, and what is missing. */
function notes(trace: TraceStat): Note[] {
  const { complete, imported } = trace;
  const ended: readonly Note[] = complete ? [] : [['trace', imported ? 'the log ends before its first task does' : 'incomplete: what is there up to its last event']];
  return [...timeNotes(trace), ['mappings', mappingsNote(trace)], ...ended];
}

function timeNotes({ total, imported }: TraceStat): Note[] {
  const { calls, timed, time, entered, enteredTime, unreturned } = total;
  const untimed = calls - timed - unreturned;
  const why = imported === undefined ? 'nothing is known of the entry' : 'the log has not both the entry and the return';
  const known: readonly (readonly [calls: number, text: string])[] = [
    [entered, `at most ${seconds(enteredTime)} s, from the entry to the return`],
    [timed - entered, `at most ${seconds(time - enteredTime)} s, from the event before to the return, the guest's own instructions included`],
    [untimed, `no time: ${why}`],
    [unreturned, 'no time: no return'],
  ];
  return known.filter(([count]) => count > 0).map(([count, text]): Note => ['time', `${count} ${count === 1 ? 'call' : 'calls'}: ${text}`]);
}

function mappingsNote({ mappings }: TraceStat): string {
  const parts = Object.entries(mappings).filter(([, { count }]) => count > 0);
  if (parts.length === 0) return 'none';
  return parts.map(([operation, { count, bytes }]) => `${operation} ${count} (${showBytes(bytes)})`).join(', ');
}

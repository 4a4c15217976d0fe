/** Which events are shown. */
import type { Recording } from './recording.js';

export interface Filter {
  readonly text: string;
  readonly group: '' | 'call' | 'signal' | 'other';
  /** Number of a system call. */
  readonly call?: number | undefined;
  readonly task?: number | undefined;
  readonly errno?: number | undefined;
  /** Number of a file, from 1 on. */
  readonly file?: number | undefined;
  readonly errorsOnly: boolean;
}

export const NO_FILTER: Filter = { text: '', group: '', errorsOnly: false };

export const isFiltering = (filter: Filter): boolean =>
  Object.entries(filter).some(([name, value]) => value !== undefined && value !== NO_FILTER[name as keyof Filter]);

/** The rows that fit, in order; undefined for all. Undefined comes out late, too, where the signal aborts. */
export async function matchingRows(recording: Recording, filter: Filter, signal: AbortSignal): Promise<Uint32Array | undefined> {
  const fits = fitting(recording, filter);
  const text = filter.text.trim();
  if (text === '' && fits === undefined) return undefined;
  const found = new Uint32Array(recording.rows);
  let count = 0;
  if (text === '') {
    for (let row = 0; row < recording.rows; row++) if (fits!(row)) found[count++] = row;
    return found.slice(0, count);
  }
  let started = performance.now();
  for await (const rows of recording.lines.containing(text)) {
    for (const row of rows) if (fits === undefined || fits(row)) found[count++] = row;
    if (performance.now() - started < SLICE) continue;
    // The page goes on drawing in between.
    await new Promise((done) => setTimeout(done));
    if (signal.aborted) return undefined;
    started = performance.now();
  }
  return found.slice(0, count);
}

/** Milliseconds. */
const SLICE = 12;

/** A test of all but the text; undefined where everything fits. */
function fitting(recording: Recording, { group, call, task, errno, file, errorsOnly }: Filter): ((row: number) => boolean) | undefined {
  const { tasks, numbers, errors, files } = recording.columns;
  const tests: ((row: number) => boolean)[] = [];
  if (task !== undefined) tests.push((row) => tasks[row] === task);
  if (call !== undefined) tests.push((row) => numbers[row] === call && recording.groupOf(row) === 'call');
  if (group !== '') tests.push((row) => recording.groupOf(row) === group);
  if (errno !== undefined) tests.push((row) => errors[row] === errno);
  if (file !== undefined) tests.push((row) => files[row] === file);
  if (errorsOnly) tests.push((row) => errors[row]! > 0);
  return tests.length === 0 ? undefined : (row) => tests.every((test) => test(row));
}

/** Traces in the formats of other tools. */
import { inPieces } from '../base/pieces.js';
import { Trouble } from '../base/errors.js';
import type { OpenTrace } from '../diff/open-trace.js';
import { JsonLines } from '../show/json-lines.js';
import { csvLines } from '../show/query-rows.js';
import { visible } from '../show/visible.js';
import { CALL_COLUMNS, callRows } from './call-rows.js';
import { parquetBytes } from './parquet.js';
import { perfettoBytes } from './perfetto.js';
import { selectionOf, type Selection, type SelectionOptions } from './selection.js';
import { straceLines } from './strace.js';

export { CALL_COLUMNS, type CallColumn } from './call-rows.js';

export type ExportFormat = 'perfetto' | 'strace' | 'jsonl' | 'csv' | 'parquet';

export const EXPORT_FORMATS: readonly ExportFormat[] = ['perfetto', 'strace', 'jsonl', 'csv', 'parquet'];

export const BINARY_FORMATS: ReadonlySet<ExportFormat> = new Set(['perfetto', 'parquet']);

export interface ExportOptions extends SelectionOptions {
  readonly format: ExportFormat;
  /** csv, parquet: what the column `trace` holds, instead of the path of the trace. */
  readonly label?: string | undefined;
}

/**
 * The trace in another format, piece by piece: text (whole lines, UTF-8) or bytes, to be written one behind the other. The
 * trace is read once, while the pieces are taken, and memory is bounded. Throws Trouble('usage') for a selection
 * that makes no sense, at once; Trouble('trace') where the trace is damaged, when that place is read.
 */
export function exportTrace(trace: OpenTrace, options: ExportOptions): Iterable<string | Uint8Array> {
  const { format, label } = options;
  if (!EXPORT_FORMATS.includes(format)) throw new Trouble('usage', `export: there is no format ${format}; there are ${EXPORT_FORMATS.join(', ')}`);
  if (label !== undefined && format !== 'csv' && format !== 'parquet') throw new Trouble('usage', `export: a label is a column of csv and parquet; ${format} has none`);
  return EXPORTS[format](trace, selectionOf(trace, options), visible(label ?? trace.path ?? ''));
}

type Export = (trace: OpenTrace, selection: Selection, label: string) => Iterable<string | Uint8Array>;

const EXPORTS: Readonly<Record<ExportFormat, Export>> = {
  perfetto: perfettoBytes,
  strace: (trace, selection) => inPieces(straceLines(trace, selection)),
  jsonl: (trace, selection) => inPieces(jsonOf(trace, selection)),
  csv: (trace, selection, label) => inPieces(csvLines({ columns: CALL_COLUMNS.map(({ name }) => name), rows: () => callRows(trace, selection, label) })),
  parquet: (trace, selection, label) => parquetBytes(callRows(trace, selection, label)),
};

/** One object an event, as `portrace show --json` prints it. */
function* jsonOf(trace: OpenTrace, { from, to, hasTask }: Selection): Iterable<string> {
  const lines = new JsonLines(trace.session);
  for (const event of trace.events({ from, to })) yield* lines.take(event, ({ task }) => hasTask(task));
}

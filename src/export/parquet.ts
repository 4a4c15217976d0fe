/** The calls of a trace as a file of Apache Parquet. */
import { ByteWriter, ParquetWriter, type ColumnSource, type SchemaElement } from 'hyparquet-writer';
import { PORTRACE_VERSION } from '../base/version.js';
import { CALL_COLUMNS, type CallCell, type CallColumn } from './call-rows.js';

/** So many rows are one row group; that many are in memory. */
export const GROUP_ROWS = 16384;

const TYPES: Readonly<Record<CallColumn['type'], Partial<SchemaElement>>> = {
  int64: { type: 'INT64' },
  int32: { type: 'INT32' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
};

const SCHEMA: SchemaElement[] = [
  { name: 'calls', num_children: CALL_COLUMNS.length },
  ...CALL_COLUMNS.map(({ name, type, absent }): SchemaElement => ({ name, repetition_type: absent === undefined ? 'REQUIRED' : 'OPTIONAL', ...TYPES[type] })),
];

/** Gives the bytes of a row group as soon as it is full. Compressed with Snappy. */
export function* parquetBytes(rows: Iterable<readonly CallCell[]>): Generator<Uint8Array, undefined> {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: SCHEMA, createdBy: `portrace ${PORTRACE_VERSION}` });
  let group: (readonly CallCell[])[] = [];
  for (const row of rows) {
    if (group.push(row) < GROUP_ROWS) continue;
    yield written(writer, bytes, group);
    group = [];
  }
  if (group.length > 0) yield written(writer, bytes, group);
  void writer.finish();
  yield taken(bytes);
}

function written(writer: ParquetWriter, bytes: ByteWriter, group: readonly (readonly CallCell[])[]): Uint8Array {
  const columnData = CALL_COLUMNS.map(({ name }, column): ColumnSource => ({ name, data: group.map((row) => row[column]), offsetIndex: false }));
  void writer.write({ columnData, rowGroupSize: GROUP_ROWS });
  return taken(bytes);
}

/** What was written since the last time; the writer goes on to count from the beginning. */
function taken(bytes: ByteWriter): Uint8Array {
  const piece = bytes.getBytes().slice();
  bytes.index = 0;
  return piece;
}

/** How the values of a trace become rows of its tables and come back. */
import type { Content } from './content.js';
import type { RegisterHistory, RegisterReader } from './register-history.js';
import type { Table } from './table.js';

/** What a column holds on its way between a value and the file. */
export type Cell = number | bigint | string | Uint8Array | Content | null;

/** All stored columns of a row in the table's order; the first is its key. */
export type Row = Cell[];

/** The columns `size`, `bytes` and `content` of a byte string. */
export type BytesCells = [size: number, inline: Uint8Array | null, content: Content | null];

/** Stores byte strings; they may change afterwards. */
export interface BytesSink {
  put(bytes: Uint8Array): BytesCells;
}

/** Gives stored byte strings back. */
export interface BytesSource {
  /** Throws Damage where the stored bytes are not those that were recorded. */
  get(size: Cell | undefined, inline: Cell | undefined, content: Cell | undefined): Uint8Array;
}

/** One kind of value and the table that holds it. */
export interface RowCodec<Value> {
  readonly table: Table;
  /** True where columns need all 64 bits: its integers then come back as bigints. */
  readonly wide?: true;
  encode(key: number, value: Value, bytes: BytesSink, registers: RegisterHistory): Row;
  /** The row's checksum was right, so its cells have the types that encode gave them. */
  decode(row: Row, bytes: BytesSource, registers: RegisterReader): Value;
}

/** The tables of an event in the order in which they go into its checksum. */
import { CONTENT_ROWS, EFFECT_ROWS } from './effect-rows.js';
import type { TraceEvent } from './events.js';
import { EXIT_ROWS, INPUT_ROWS, POINT_ROWS, SIGNAL_ROWS, SYSCALL_ROWS } from './fact-rows.js';
import { POSITIONS } from './format.js';
import type { RowCodec } from './row.js';
import { EVENTS } from './schema-events.js';
import type { Table } from './table.js';

/** A table with at most one row an event, and the member of the event that it holds. */
export interface FactTable {
  readonly member: 'syscall' | 'signal' | 'exit' | 'point';
  readonly codec: RowCodec<never>;
}

const fact = <Member extends FactTable['member']>(
  member: Member,
  codec: RowCodec<NonNullable<TraceEvent[Member]>>,
): FactTable => ({ member, codec: codec as unknown as RowCodec<never> });

export const FACT_TABLES: readonly FactTable[] = [
  fact('syscall', SYSCALL_ROWS),
  fact('signal', SIGNAL_ROWS),
  fact('exit', EXIT_ROWS),
  fact('point', POINT_ROWS),
];

/** Every table with rows of events. The key is the event, or the event and a position. */
export const EVENT_TABLES: readonly Table[] = [
  EVENTS,
  ...FACT_TABLES.map(({ codec }) => codec.table),
  INPUT_ROWS.table,
  CONTENT_ROWS.table,
  EFFECT_ROWS.memory.table,
  EFFECT_ROWS.object.table,
  EFFECT_ROWS.registers.table,
  EFFECT_ROWS.xstate.table,
  EFFECT_ROWS.mapping.table,
  EFFECT_ROWS.task.table,
  EFFECT_ROWS.space.table,
];

// The number by which a table enters a checksum: its place, so EVENT_TABLES is append only.
const CHECKSUM_NUMBERS: ReadonlyMap<Table, number> = new Map(
  EVENT_TABLES.map((table, index) => [table, index + 1]),
);

export const checksumNumber = (table: Table): number => CHECKSUM_NUMBERS.get(table)!;

/** The keys of an event's rows in a table are its index times this, and what follows. */
export const keyScale = (table: Table): number =>
  table === EVENTS || table.columns[0]!.name === 'event' ? 1 : POSITIONS;

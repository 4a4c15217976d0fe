/** The tables of an event in the order in which they go into its checksum. */
import { CONTENT_ROWS, EFFECT_ROWS } from './effect-rows.js';
import type { SyscallFacts, TraceEvent } from './events.js';
import { EXIT_ROWS, INPUT_ROWS, POINT_ROWS, SIGNAL_ROWS, SYSCALL_ROWS, TEXT_ROWS } from './fact-rows.js';
import { KEYFRAME_INTERVAL, POSITIONS, TICK } from './format.js';
import { RegisterHistory, type RegisterReader } from './register-history.js';
import type { RowCodec } from './row.js';
import { EVENTS } from './schema-events.js';
import type { Table } from './table.js';

type Unindexed = Omit<TraceEvent, 'index'>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A table with at most one row an event, and what of the event it holds. */
export interface FactTable {
  readonly codec: RowCodec<never>;
  /** Undefined where the event has no row. */
  of(event: Unindexed): unknown;
  /** Puts a decoded row where it belongs. */
  put(event: Mutable<TraceEvent>, value: unknown): void;
}

type FactMember = 'syscall' | 'signal' | 'exit' | 'point';

const fact = <Member extends FactMember>(
  member: Member,
  codec: RowCodec<NonNullable<TraceEvent[Member]>>,
): FactTable => ({
  codec: codec as unknown as RowCodec<never>,
  of: (event) => event[member],
  put(event, value) {
    event[member] = value as never;
  },
});

const TEXTS: FactTable = {
  codec: TEXT_ROWS as unknown as RowCodec<never>,
  of: ({ syscall }) => syscall?.texts,
  put(event, value) {
    if (event.syscall) event.syscall = { ...event.syscall, texts: value as NonNullable<SyscallFacts['texts']> };
  },
};

/** Where the system calls are among the tables of facts. */
export const CALL_PLACE = 0;

export const FACT_TABLES: readonly FactTable[] = [
  fact('syscall', SYSCALL_ROWS),
  fact('signal', SIGNAL_ROWS),
  fact('exit', EXIT_ROWS),
  fact('point', POINT_ROWS),
  TEXTS,
];

/** What may be stored otherwise in an older version. */
export interface EventFormat {
  readonly events: Table;
  /** The unit of the column that tells when: nanoseconds. */
  readonly tick: number;
  readonly facts: readonly FactTable[];
  /** In events: see KEYFRAME_INTERVAL. */
  readonly keyframeInterval: number;
  registers(): RegisterReader;
}

export const EVENT_FORMAT: EventFormat = {
  events: EVENTS,
  tick: TICK,
  facts: FACT_TABLES,
  keyframeInterval: KEYFRAME_INTERVAL,
  registers: () => new RegisterHistory(),
};

/** Every table with rows of events, as they go into a checksum. The key is the event, or the event and a position. */
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
  EFFECT_ROWS['debug registers'].table,
];

// Append only: a table's place, from 1 on, is the number by which it enters a checksum.
const LATER: readonly Table[] = [TEXT_ROWS.table, EFFECT_ROWS['debug registers'].table];
const NUMBERED: readonly Table[] = [...EVENT_TABLES.filter((table) => !LATER.includes(table)), ...LATER];

const CHECKSUM_NUMBERS: ReadonlyMap<string, number> = new Map(NUMBERED.map(({ name }, index) => [name, index + 1]));

export const checksumNumber = (table: Table): number => CHECKSUM_NUMBERS.get(table.name)!;

/** The keys of an event's rows in a table are its index times this, and what follows. */
export const keyScale = (table: Table): number =>
  table.name === EVENTS.name || table.columns[0]!.name === 'event' ? 1 : POSITIONS;

/** How traces of the versions 1 to 4 store what later ones store otherwise: for reading only. */
import type { EventIndex, TaskId } from '../base/brands.js';
import type { Mutable } from '../base/mutable.js';
import { REGISTER_COUNT, Reg, Registers } from '../base/registers.js';
import { EVENT_FORMAT, FACT_TABLES, type EventFormat } from './event-tables.js';
import type { ExactPoint, SignalFacts, SyscallFacts } from './events.js';
import { inPairs, pointOf, POINT_ROWS, SIGNAL_ROWS, SYSCALL_ROWS } from './fact-rows.js';
import { expectCall, expectCopies, FIRST_COPY, REGISTER_ORDER, type ArrivalCall, type RegisterReader } from './register-history.js';
import type { RowCodec } from './row.js';
import { EVENTS, SYSTEM_CALLS } from './schema-events.js';
import { SIGINFO_SIZE } from './siginfo.js';
import { storedColumns, type Column, type Table } from './table.js';

/** The table with other columns in the places of some. */
const withColumns = (table: Table, others: Readonly<Record<string, readonly Column[]>>): Table => ({
  ...table,
  columns: storedColumns(table).flatMap((column) => others[column.name] ?? [column]),
});

const integer = (name: string): Column => ({ name, type: 'INTEGER', doc: '' });
const perhaps = (name: string): Column => ({ ...integer(name), absent: 'there is none' });

const EVENTS_4 = withColumns(EVENTS, { microseconds: [integer('time')] });

const SYSTEM_CALLS_4 = withColumns(SYSTEM_CALLS, {
  flags: [integer('undescribed'), integer('emulated')],
  entered: [perhaps('entered'), perhaps('stream')],
});

const UNDESCRIBED_AT = 9;
const EMULATED_AT = 10;
const ENTERED_AT = 11;
const STREAM_AT = 12;

const SYSCALL_ROWS_4: RowCodec<SyscallFacts> = {
  ...SYSCALL_ROWS,
  table: SYSTEM_CALLS_4,
  decode(row, bytes, registers) {
    const flags = Number(row[EMULATED_AT]) + 2 * Number(row[UNDESCRIBED_AT]) + 4 * Number(row[STREAM_AT] ?? 0);
    return SYSCALL_ROWS.decode([...row.slice(0, UNDESCRIBED_AT), BigInt(flags), row[ENTERED_AT]!], bytes, registers);
  },
};

const SIGINFO_AT = 7;

const SIGNAL_ROWS_4: RowCodec<SignalFacts> = {
  ...SIGNAL_ROWS,
  decode(row, bytes, registers) {
    const signal: Mutable<SignalFacts> = SIGNAL_ROWS.decode([...row.slice(0, SIGINFO_AT), null], bytes, registers);
    const siginfo = row[SIGINFO_AT];
    if (siginfo === null) return signal;
    signal.siginfo = new Uint8Array(SIGINFO_SIZE);
    signal.siginfo.set(siginfo as Uint8Array);
    return signal;
  },
};

const POINT_ROWS_4: RowCodec<ExactPoint> = { ...POINT_ROWS, decode: (row) => pointOf(row, inPairs) };

// Which registers differ (a bit for each place in the order, 32 bits, little-endian); the number of
// bytes of each difference, 1 … 8, two in a byte, low half first; the differences (exclusive or).
const MASK_SIZE = 4;

const KEYFRAME_INTERVAL_4 = 4096;

/** Expects of a task what it had last. */
class RegisterReader4 implements RegisterReader {
  private readonly known = new Map<TaskId, Registers>();

  begin(index: EventIndex): void {
    if ((index - 1) % KEYFRAME_INTERVAL_4 === 0) this.known.clear();
  }

  returned(task: TaskId, result: bigint): void {
    this.of(task).setLong(Reg.rax, result);
  }

  born(task: TaskId, parent: TaskId): void {
    this.known.set(task, this.of(parent).clone());
  }

  gone(task: TaskId): void {
    this.known.delete(task);
  }

  decodeArrival(task: TaskId, blob: Uint8Array, call: ArrivalCall | undefined): Registers {
    if (call) expectCall(this.of(task), call);
    return this.decode(task, blob, call !== undefined);
  }

  decodeChange(task: TaskId, blob: Uint8Array): Registers {
    return this.decode(task, blob, false);
  }

  private of(task: TaskId): Registers {
    let known = this.known.get(task);
    if (known === undefined) this.known.set(task, (known = new Registers()));
    return known;
  }

  private decode(task: TaskId, blob: Uint8Array, withCall: boolean): Registers {
    const known = this.of(task);
    const mask = new DataView(blob.buffer, blob.byteOffset).getUint32(0, true);
    let half = MASK_SIZE * 2;
    let at = MASK_SIZE + ((bitCount(mask) + 1) >> 1);
    for (let place = 0; place < REGISTER_COUNT; place++) {
      if (place === FIRST_COPY && withCall) expectCopies(known, known);
      if ((mask & (1 << place)) === 0) continue;
      const length = (blob[half >> 1]! >> ((half & 1) * 4)) & 15;
      half++;
      const target = REGISTER_ORDER[place]! * 8;
      for (let byte = 0; byte < length; byte++) known.bytes[target + byte]! ^= blob[at++]!;
    }
    return known.clone();
  }
}

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

const CODECS: readonly RowCodec<never>[] = [SYSCALL_ROWS_4, SIGNAL_ROWS_4, POINT_ROWS_4].map((codec) => codec as unknown as RowCodec<never>);

export const EVENT_FORMAT_4: EventFormat = {
  ...EVENT_FORMAT,
  events: EVENTS_4,
  tick: 1,
  keyframeInterval: KEYFRAME_INTERVAL_4,
  facts: FACT_TABLES.map((fact) => {
    const codec = CODECS.find(({ table }) => table.name === fact.codec.table.name);
    return codec ? { ...fact, codec } : fact;
  }),
  registers: () => new RegisterReader4(),
};

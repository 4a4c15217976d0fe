/** Puts one event together from the rows of all tables. */
import type { Database } from 'better-sqlite3';
import type { EventIndex, Nanoseconds, TaskId } from '../base/brands.js';
import type { Mutable } from '../base/mutable.js';
import { callArguments } from '../base/registers.js';
import { BegunCalls } from './begun-calls.js';
import { listed } from './cell-types.js';
import { Checksum } from './checksum.js';
import type { ContentReader } from './content-reader.js';
import { Damage, reading } from './damage.js';
import { CONTENT_ROWS, EFFECT_ROWS } from './effect-rows.js';
import { CALL_PLACE, checksumNumber, keyScale, type EventFormat, type FactTable } from './event-tables.js';
import { EVENT_KINDS, type Effect, type MemoryInput, type SyscallFacts, type TraceEvent } from './events.js';
import { ALL_ARGUMENTS, INPUT_ROWS, storedArguments } from './fact-rows.js';
import { POSITIONS } from './format.js';
import type { RegisterReader } from './register-history.js';
import type { Row, RowCodec } from './row.js';
import { RowStream } from './row-stream.js';

// Rows are fetched for so many events at a time: bounded memory, few crossings into SQLite.
const BATCH = 256;

/** The rows of one table among those of an event. */
interface Source {
  readonly stream: RowStream;
  readonly codec: RowCodec<unknown>;
  readonly number: number;
}

interface EffectRow {
  readonly row: Row;
  readonly source: Source;
}

/** All rows of one event, each list in the order of positions. */
interface EventRows {
  readonly event: Row;
  /** One place for each table of facts. */
  readonly facts: readonly (Row | undefined)[];
  readonly inputs: readonly Row[];
  readonly pieces: readonly Row[];
  readonly effects: readonly EffectRow[];
}

/** Decodes the events of a trace in order. One of these serves one pass; the file may grow. */
export class EventReader {
  private readonly events: Source;
  private readonly facts: readonly Source[];
  private readonly inputs: Source;
  private readonly pieces: Source;
  private readonly effects: readonly Source[];
  private readonly registers: RegisterReader;
  private readonly calls = new BegunCalls();
  private readonly checksum = new Checksum();

  constructor(
    private readonly database: Database,
    private readonly contents: ContentReader,
    private readonly format: EventFormat,
  ) {
    this.registers = format.registers();
    const source = (codec: RowCodec<never>): Source => ({
      stream: new RowStream(database, codec, contents),
      codec: codec as unknown as RowCodec<unknown>,
      number: checksumNumber(codec.table),
    });
    this.events = source({ table: format.events } as RowCodec<never>);
    this.facts = format.facts.map(({ codec }) => source(codec));
    this.inputs = source(INPUT_ROWS as RowCodec<never>);
    this.pieces = source(CONTENT_ROWS as RowCodec<never>);
    this.effects = Object.values(EFFECT_ROWS).map((codec) => source(codec as RowCodec<never>));
  }

  /** The events `from … last`, each checked; Trouble('trace') at the first that is damaged. */
  *read(from: number, last: number): IterableIterator<TraceEvent> {
    const keyframe = from - ((from - 1) % this.format.keyframeInterval);
    for (let start = keyframe; start <= last; start += BATCH) {
      const end = Math.min(start + BATCH, last + 1);
      const range = `events ${start} to ${end - 1}`;
      reading(range, () => this.database.transaction(() => this.load(start, end))());
      for (let index = start; index < end; index++) {
        const event = reading(`event ${index}`, () => this.decode(index));
        if (index >= from) yield event;
      }
      reading(range, () => this.checkUsedUp());
    }
  }

  private *sources(): Iterable<Source> {
    yield* [...this.facts, this.inputs, this.pieces, ...this.effects];
  }

  private load(start: number, end: number): void {
    this.events.stream.load(start, end);
    for (const { stream, codec } of this.sources()) {
      const scale = keyScale(codec.table);
      stream.load(start * scale, end * scale);
    }
  }

  private checkUsedUp(): void {
    for (const { stream, codec } of this.sources()) {
      if (!stream.isUsedUp) throw new Damage(`a row of ${codec.table.name} belongs to no event`);
    }
  }

  private decode(index: number): TraceEvent {
    const rows = this.gather(index);
    if (this.checksumOf(rows) !== rows.event.at(-1)) throw new Damage('its checksum is wrong');
    return this.build(index, rows);
  }

  private gather(index: number): EventRows {
    const event = this.events.stream.takeBelow(index + 1);
    if (event === undefined || event[0] !== index) throw new Damage('it is missing');
    return {
      event,
      facts: this.facts.map(({ stream }) => stream.takeBelow(index + 1)),
      inputs: takeInOrder(this.inputs, index),
      pieces: takeInOrder(this.pieces, index),
      effects: this.gatherEffects(index),
    };
  }

  private gatherEffects(index: number): EffectRow[] {
    const rows: EffectRow[] = [];
    const first = index * POSITIONS;
    let count = 0;
    for (const source of this.effects) {
      let row = source.stream.takeBelow(first + POSITIONS);
      for (; row !== undefined; row = source.stream.takeBelow(first + POSITIONS)) {
        rows[(row[0] as number) - first] = { row, source };
        count++;
      }
    }
    if (count !== rows.length) throw new Damage('an effect is missing');
    return rows;
  }

  private checksumOf(rows: EventRows): number {
    const { checksum } = this;
    checksum.begin();
    checksum.row(this.events.number, rows.event.slice(0, -1), 0);
    rows.facts.forEach((row, place) => {
      if (row !== undefined) checksum.row(this.facts[place]!.number, row, 1);
    });
    for (const row of rows.inputs) checksum.row(this.inputs.number, row, 1);
    for (const row of rows.pieces) checksum.row(this.pieces.number, row, 1);
    for (const { row, source } of rows.effects) checksum.row(source.number, row, 1);
    return checksum.value();
  }

  // Its parts are of its own and completed in place: a copy with one field more would be of another shape each time.
  private build(index: number, rows: EventRows): TraceEvent {
    const { registers, contents } = this;
    const task = rows.event[1] as TaskId;
    const event: Mutable<TraceEvent> = {
      index: index as EventIndex,
      task,
      kind: listed(EVENT_KINDS, rows.event[2]),
      time: ((rows.event[3] as number) * this.format.tick) as Nanoseconds,
      inputs: [],
      effects: [],
    };
    rows.facts.forEach((row, place) => this.addFact(event, this.format.facts[place]!, row));
    const callRow = rows.facts[CALL_PLACE];
    const stored = callRow === undefined ? 0 : storedArguments(callRow);
    this.addArguments(event, stored);
    registers.begin(event.index, event);
    const blob = rows.event[4];
    if (blob !== null) this.addRegisters(event, blob as Uint8Array, stored);
    if (event.syscall?.result !== undefined) registers.returned(task, event.syscall.result);
    event.inputs = rows.inputs.map(
      (row) => this.inputs.codec.decode(row, contents, registers) as MemoryInput,
    );
    event.effects = rows.effects.map(
      ({ row, source }) => source.codec.decode(row, contents, registers) as Effect,
    );
    if (event.exit) registers.gone(task);
    return event;
  }

  /** A call that returned later may have those with which it began. */
  private addArguments(event: Mutable<TraceEvent>, stored: number): void {
    const { index } = event;
    const syscall: Mutable<SyscallFacts> | undefined = event.syscall;
    this.calls.reach(index);
    if (!syscall) return;
    if (syscall.result === undefined) this.calls.begin(index, syscall.arguments, stored);
    if (syscall.entered === undefined || stored > 0) return;
    syscall.arguments = this.calls.argumentsOf(syscall.entered) ?? syscall.arguments;
  }

  private addRegisters(event: Mutable<TraceEvent>, blob: Uint8Array, stored: number): void {
    const syscall: Mutable<SyscallFacts> | undefined = event.syscall;
    const call = syscall && { number: syscall.number, arguments: syscall.arguments, argumentCount: stored };
    event.registers = this.registers.decodeArrival(event.task, blob, call);
    if (syscall && stored < ALL_ARGUMENTS) syscall.arguments = callArguments(event.registers);
  }

  private addFact(event: Mutable<TraceEvent>, fact: FactTable, row: Row | undefined): void {
    if (row === undefined) return;
    fact.put(event, fact.codec.decode(row, this.contents, this.registers));
  }
}

function takeInOrder({ stream }: Source, index: number): Row[] {
  const rows: Row[] = [];
  const first = index * POSITIONS;
  let row = stream.takeBelow(first + POSITIONS);
  for (; row !== undefined; row = stream.takeBelow(first + POSITIONS)) {
    if (row[0] !== first + rows.length) throw new Damage('its rows have gaps');
    rows.push(row);
  }
  return rows;
}

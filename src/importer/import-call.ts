/**
 * A logged call as a trace has it: numbers in registers, what the call read and wrote as bytes at
 * addresses that the log gives or that are made up, and as text what the log does not show whole.
 */
import { address, USER_SPACE_END, type SpaceId } from '../base/brands.js';
import { ARGUMENT_REGISTERS, Registers } from '../base/registers.js';
import { isScalar, rowNamed, type Argument, type CallView, type SyscallRow } from '../syscalls/index.js';
import { IMPORTED_MEMORY, memoryAfter, type ArgumentIndex, type CallTexts, type Effect, type MemoryInput, type SyscallFacts } from '../trace/index.js';
import { encodeMemory, encodeRegister, littleEndian } from './encode.js';
import { wordText } from './word-text.js';
import type { LoggedCall, StructValue, Value } from './value.js';

/** What a trace keeps of a call. */
export interface ImportedCall {
  readonly row: SyscallRow;
  readonly facts: SyscallFacts;
  readonly inputs: readonly MemoryInput[];
  /** What it wrote. */
  readonly writes: readonly Effect[];
}

const ARGUMENTS = 6;
const YET_TO_COME = '...';
/** Room for what one argument points at, bytes. */
const ROOM = 2 ** 40;

/** At the entry of a call, what it is going to write does not count. */
export type Phase = 'entry' | 'return';

/** Undefined where there is no system call of that name. */
export function importCall(call: LoggedCall, phase: Phase, space: SpaceId): ImportedCall | undefined {
  const row = rowNamed(call.name);
  return row && new CallImport(row, call, phase, space).done();
}

class CallImport {
  private readonly registers = new Registers();
  private readonly inputs: MemoryInput[] = [];
  private readonly writes: Effect[] = [];
  private readonly texts: Partial<Record<ArgumentIndex, string>> = {};
  private free = 0;

  constructor(
    private readonly row: SyscallRow,
    private readonly call: LoggedCall,
    private readonly phase: Phase,
    private readonly space: SpaceId,
  ) {}

  done(): ImportedCall {
    const { row, call, phase } = this;
    const values = this.placed();
    // Lengths stand in other arguments than the memory that they measure.
    for (const [index, value] of values) if (value.type === 'number' || value.type === 'pointer') this.setRegister(index, value);
    for (const [index, value] of values) if (value.type !== 'number') this.memory(index, value);
    const facts: SyscallFacts = { number: row.number, arguments: this.words(), ...(phase === 'return' && call.result !== undefined && { result: call.result }) };
    const written = this.checkShown(values);
    return { row, facts: written.length === 0 ? facts : { ...facts, texts: this.texts as CallTexts }, inputs: this.inputs, writes: this.writes };
  }

  private placed(): Map<number, Value> {
    return new Map(this.call.arguments.slice(0, ARGUMENTS).map(({ value }, index) => [index, value]));
  }

  private setRegister(index: number, value: Value): void {
    const kind = this.row.arguments[index]?.kind;
    const word = value.type === 'pointer' ? value.address : kind && isScalar(kind) ? encodeRegister(kind, value) : value.type === 'number' ? value.value : undefined;
    if (word !== undefined) this.registers.setLong(ARGUMENT_REGISTERS[index]!, BigInt.asUintN(64, word));
  }

  private words(): SyscallFacts['arguments'] {
    return ARGUMENT_REGISTERS.map((register) => this.registers.long(register)) as unknown as SyscallFacts['arguments'];
  }

  /** Memory behind an argument: bytes where they are known, and otherwise the text. */
  private memory(index: number, value: Value): void {
    const argument = this.row.arguments[index];
    if (argument?.direction === 'value') {
      // A name that no table has.
      this.texts[index as ArgumentIndex] = wordText(undefined, value);
      return;
    }
    const isPlace = value.type === 'pointer' && value.address < BigInt(USER_SPACE_END);
    const at = isPlace ? Number(value.address) : this.room(index);
    if (!isPlace) this.registers.setLong(ARGUMENT_REGISTERS[index]!, BigInt(at));
    const content = value.type === 'pointer' ? value.content : value;
    if (argument?.direction === 'out' && this.phase === 'entry') this.texts[index as ArgumentIndex] = YET_TO_COME;
    else if (argument !== undefined && this.store(argument, index, at, content)) return;
    else this.texts[index as ArgumentIndex] = wordText(argument?.kind, content);
  }

  private room(index: number): number {
    this.free = 0;
    return IMPORTED_MEMORY + index * ROOM;
  }

  private store(argument: Argument, index: number, at: number, value: Value): boolean {
    if (value.type === 'change') {
      const found = this.store(argument, index, at, value.before);
      const after = encodeMemory(argument.kind, value.after);
      if (after && this.phase === 'return') this.write(at, after);
      return found && after !== undefined;
    }
    const bytes = this.nested(argument, index, at, value) ?? encodeMemory(argument.kind, value);
    if (bytes === undefined) return false;
    if (argument.direction === 'out') this.write(at, bytes);
    else this.read(index, at, bytes);
    return true;
  }

  /** Structures and lists that point further on. */
  private nested(argument: Argument, index: number, at: number, value: Value): Uint8Array | undefined {
    if (value.type !== 'list' || value.cut) return undefined;
    if (argument.kind.name === 'iovec') return this.vector(argument, index, at, value.items);
    const isText = this.row.handling === 'process' && value.items.every((item) => item.type === 'string');
    return isText ? this.strings(index, at, value.items) : undefined;
  }

  private vector(argument: Argument, index: number, at: number, items: readonly Value[]): Uint8Array | undefined {
    const array: Uint8Array[] = [];
    this.free = items.length * 16;
    for (const item of items) {
      const base = item.type === 'struct' ? memberOf(item, 'base') : undefined;
      const length = item.type === 'struct' ? memberOf(item, 'len') : undefined;
      if (base === undefined || length?.type !== 'number') return undefined;
      const given = base.type === 'number' ? base.value : base.type === 'pointer' ? base.address : undefined;
      if (length.value < 0n || length.value > BigInt(USER_SPACE_END) || (given ?? 0n) >= BigInt(USER_SPACE_END)) return undefined;
      const place = given === undefined ? this.take(at, Number(length.value)) : Number(given);
      // gVisor writes the content behind the length.
      const behind = item.type === 'struct' ? item.members.find((member) => member.name === undefined)?.value : undefined;
      const data = behind ?? (base.type === 'pointer' ? base.content : base);
      if (data.type === 'string' && !data.cut) {
        if (argument.direction === 'out') this.write(place, data.bytes);
        else this.read(index, place, data.bytes);
      } else if (data.type !== 'number') return undefined;
      array.push(littleEndian(BigInt(place), 8), littleEndian(length.value, 8));
    }
    const bytes = new Uint8Array(Buffer.concat(array));
    if (argument.direction === 'out') this.read(index, at, bytes);
    return bytes;
  }

  private strings(index: number, at: number, items: readonly Value[]): Uint8Array | undefined {
    const pointers: Uint8Array[] = [];
    this.free = (items.length + 1) * 8;
    for (const item of items) {
      if (item.type !== 'string' || item.cut) return undefined;
      const place = this.take(at, item.bytes.length + 1);
      this.read(index, place, Uint8Array.from([...item.bytes, 0]));
      pointers.push(littleEndian(BigInt(place), 8));
    }
    return new Uint8Array(Buffer.concat([...pointers, littleEndian(0n, 8)]));
  }

  /** Made-up memory behind what was taken before. */
  private take(at: number, length: number): number {
    const place = at + this.free;
    this.free += Math.max(length, 1);
    return at >= IMPORTED_MEMORY && at < IMPORTED_MEMORY * 2 ? place : IMPORTED_MEMORY + (place % ROOM);
  }

  private read(index: number, at: number, bytes: Uint8Array): void {
    this.inputs.push({ argument: index, address: address(at), bytes });
  }

  private write(at: number, bytes: Uint8Array): void {
    if (bytes.length > 0) this.writes.push({ type: 'memory', space: this.space, address: address(at), bytes });
  }

  /** What the row does not show from the bytes, the text has to tell. Gives the arguments with texts. */
  private checkShown(values: ReadonlyMap<number, Value>): readonly string[] {
    const after = memoryAfter({ effects: this.writes });
    const found = { read: (at: number, length: number) => inputAt(this.inputs, at, length) };
    const left = { read: (at: number, length: number) => (after.read(at, length).length > 0 ? after : found).read(at, length) };
    const view: CallView = { args: this.registers, result: Number(this.call.result ?? -38n), inputs: this.inputs, found, left };
    for (const [index, value] of values) {
      const argument = this.row.arguments[index];
      if (value.type === 'number' || value.type === 'pointer' || argument === undefined) continue;
      const pointer = `0x${this.registers.long(ARGUMENT_REGISTERS[index]!).toString(16)}`;
      const shown = argument.show(view);
      if (shown === pointer) this.texts[index as ArgumentIndex] ??= wordText(argument.kind, value);
      else if (shown?.startsWith(pointer)) this.texts[index as ArgumentIndex] ??= `[${shown.slice(pointer.length).trim()}]`;
    }
    for (const index of Object.keys(this.texts)) if (this.row.arguments[Number(index)] === undefined) delete this.texts[Number(index) as ArgumentIndex];
    return Object.keys(this.texts);
  }
}

const memberOf = (value: StructValue, name: string): Value | undefined =>
  value.members.find((member) => member.name === `iov_${name}` || member.name === name)?.value;

function inputAt(inputs: readonly MemoryInput[], at: number, length: number): Uint8Array {
  const input = inputs.find(({ address: start, bytes }) => at >= start && at < start + bytes.length);
  return input === undefined ? new Uint8Array(0) : input.bytes.subarray(at - input.address, at - input.address + length);
}

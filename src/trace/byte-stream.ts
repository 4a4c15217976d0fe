/** Values as bytes on their way to another thread: written and read in the same order, without names. */
import { REGISTER_FILE_SIZE, Registers } from '../base/registers.js';

const FIRST_SIZE = 65536;

/** Collects the bytes of one message after another. */
export class ByteOutput {
  private bytes = new Uint8Array(FIRST_SIZE);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  /** Begins a new message. */
  begin(): void {
    this.length = 0;
  }

  /** What was put since `begin`; good until the next one. */
  message(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** 0 … 255. */
  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  number(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** 64 bits, read as signed or unsigned. */
  long(value: bigint): void {
    this.reserve(8);
    this.view.setBigInt64(this.length, value, true);
    this.length += 8;
  }

  /** Whether there is a value, which the caller puts next. */
  has<Value>(value: Value | undefined): value is Value {
    this.byte(value === undefined ? 0 : 1);
    return value !== undefined;
  }

  sized(value: Uint8Array): void {
    this.number(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  text(value: string): void {
    this.sized(Buffer.from(value));
  }

  registers(value: Registers): void {
    this.reserve(REGISTER_FILE_SIZE);
    this.bytes.set(value.bytes, this.length);
    this.length += REGISTER_FILE_SIZE;
  }

  list<Item>(items: readonly Item[], put: (to: ByteOutput, item: Item) => void): void {
    this.number(items.length);
    for (const item of items) put(this, item);
  }

  private reserve(more: number): void {
    if (this.length + more > this.bytes.length) this.grow(this.length + more);
  }

  private grow(needed: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, needed));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

/** Gives back what was put into one message. */
export class ByteInput {
  private readonly view: DataView;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  byte(): number {
    return this.bytes[this.at++]!;
  }

  /** A number of any brand. */
  number<Value extends number>(): Value {
    const value = this.view.getFloat64(this.at, true);
    this.at += 8;
    return value as Value;
  }

  signed(): bigint {
    const value = this.view.getBigInt64(this.at, true);
    this.at += 8;
    return value;
  }

  unsigned(): bigint {
    const value = this.view.getBigUint64(this.at, true);
    this.at += 8;
    return value;
  }

  has(): boolean {
    return this.byte() === 1;
  }

  /** A part of the message, not a copy. */
  sized(): Uint8Array {
    const length = this.number();
    return this.bytes.subarray(this.at, (this.at += length));
  }

  text(): string {
    return Buffer.from(this.sized()).toString();
  }

  registers(): Registers {
    return new Registers(this.bytes.slice(this.at, (this.at += REGISTER_FILE_SIZE)));
  }

  list<Item>(get: (from: ByteInput) => Item): Item[] {
    const items: Item[] = [];
    for (let count = this.number(); count > 0; count--) items.push(get(this));
    return items;
  }
}

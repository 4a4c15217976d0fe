/** The checksum of an event: CRC-32 over all that belongs to it. */
import { crc32 } from 'node:zlib';
import { Content } from './content.js';
import type { Cell, Row } from './row.js';

const TWO_32 = 4294967296;

// The first byte of every cell, so that no two sequences of cells give the same bytes.
const TAG = { null: 0, integer: 1, text: 2, blob: 3, content: 4, row: 5 } as const;

const encoder = new TextEncoder();

/**
 * CRC-32 over a sequence of rows: each as a tag byte, the number of its table, and its cells (a
 * tag byte; 64-bit little-endian integers; length and bytes of text and blobs; the hash of a
 * content instead of its id).
 */
export class Checksum {
  private buffer = new Uint8Array(65536);
  private view = new DataView(this.buffer.buffer);
  private length = 0;

  /** Begins a new sequence. */
  begin(): void {
    this.length = 0;
  }

  /** Adds a row, from its first cell that counts on. */
  row(table: number, row: Row, first: number): void {
    this.reserve(5);
    this.buffer[this.length] = TAG.row;
    this.view.setUint32(this.length + 1, table, true);
    this.length += 5;
    for (let index = first; index < row.length; index++) this.cell(row[index]!);
  }

  /** The checksum as a signed 32-bit number: SQLite stores it in four bytes. */
  value(): number {
    return crc32(this.buffer.subarray(0, this.length)) | 0;
  }

  private cell(cell: Cell): void {
    if (typeof cell === 'number') this.number(cell);
    else if (typeof cell === 'bigint') this.bigint(cell);
    else if (cell === null) this.tag(TAG.null);
    else if (typeof cell === 'string') this.bytes(TAG.text, encoder.encode(cell));
    else if (cell instanceof Content) this.bytes(TAG.content, cell.hash);
    else this.bytes(TAG.blob, cell);
  }

  private tag(tag: number): void {
    this.reserve(1);
    this.buffer[this.length++] = tag;
  }

  private number(value: number): void {
    this.reserve(9);
    const low = value >>> 0;
    this.buffer[this.length] = TAG.integer;
    this.view.setUint32(this.length + 1, low, true);
    this.view.setUint32(this.length + 5, Math.floor((value - low) / TWO_32), true);
    this.length += 9;
  }

  private bigint(value: bigint): void {
    this.reserve(9);
    this.buffer[this.length] = TAG.integer;
    this.view.setBigInt64(this.length + 1, value, true);
    this.length += 9;
  }

  private bytes(tag: number, bytes: Uint8Array): void {
    this.reserve(5 + bytes.length);
    this.buffer[this.length] = tag;
    this.view.setUint32(this.length + 1, bytes.length, true);
    this.buffer.set(bytes, this.length + 5);
    this.length += 5 + bytes.length;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more));
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
    this.view = new DataView(larger.buffer);
  }
}

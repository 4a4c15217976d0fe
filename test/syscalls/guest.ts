/** A guest that is nothing but memory and registers, to ask rows what they would capture. */
import { ARGUMENT_REGISTERS, Registers } from '../../src/base/registers.js';
import { captureInputs, isDescribed, NAMES, outputRanges, rowOf } from '../../src/syscalls/index.js';
import type { CapturedRange, GuestMemory, SyscallRow } from '../../src/syscalls/index.js';
import type { MemoryInput } from '../../src/trace/events.js';

/** One piece of memory at BASE; nothing lies before or behind it. */
export const BASE = 0x7f0000000000;
const SIZE = 0x40000;

export class FakeMemory implements GuestMemory {
  readonly bytes = new Uint8Array(SIZE);
  private readonly view = new DataView(this.bytes.buffer);

  read(address: number, length: number): Uint8Array {
    const at = address - BASE;
    if (at < 0 || at >= SIZE) return new Uint8Array(0);
    return this.bytes.slice(at, Math.min(at + length, SIZE));
  }

  text(address: number, text: string): void {
    this.bytes.set(new TextEncoder().encode(`${text}\0`), address - BASE);
  }

  int(address: number, value: number): void {
    this.view.setUint32(address - BASE, value, true);
  }

  long(address: number, value: number): void {
    this.view.setBigUint64(address - BASE, BigInt(value), true);
  }
}

const NUMBERS = new Map(NAMES.syscalls.map(([number, name]) => [name, number]));

export function rowNamed(name: string): SyscallRow {
  const row = rowOf(NUMBERS.get(name) ?? -1);
  if (!row) throw new Error(`no row ${name}`);
  return row;
}

export function registersOf(args: readonly number[]): Registers {
  const registers = new Registers();
  args.forEach((value, index) => registers.setNumber(ARGUMENT_REGISTERS[index]!, value));
  return registers;
}

export const inputsOf = (name: string, args: readonly number[], memory: GuestMemory): MemoryInput[] =>
  captureInputs(rowNamed(name), registersOf(args), memory);

interface Returning {
  readonly args: readonly number[];
  readonly result: number;
  readonly memory?: GuestMemory;
  readonly inputs?: readonly MemoryInput[];
}

/** The written ranges as [address, length], in order of address, adjacent ones joined. */
export function written(name: string, { args, result, memory = new FakeMemory(), inputs = [] }: Returning): [number, number][] {
  const ranges = outputRanges(rowNamed(name), registersOf(args), result, memory, inputs);
  return joined(ranges);
}

function joined(ranges: readonly CapturedRange[]): [number, number][] {
  const result: [number, number][] = [];
  for (const { address, length } of [...ranges].sort((a, b) => a.address - b.address)) {
    const last = result.at(-1);
    if (last && address <= last[0] + last[1]) last[1] = Math.max(last[1], address + length - last[0]);
    else result.push([address, length]);
  }
  return result;
}

export const described = (name: string, args: readonly number[]): boolean => isDescribed(rowNamed(name), registersOf(args));

/**
 * A run of events as bytes, which the addon follows by itself (native/follow.h has the same layout).
 * What it cannot do, such as a mapping, is left to TypeScript: the record says so.
 */
import { ARGUMENT_REGISTERS, Reg, REGISTER_FILE_SIZE, type Registers } from '../base/registers.js';
import type { Effect, MemoryInput, SyscallFacts, TraceEvent } from '../trace/events.js';
import { expectedSignal, wasStepped } from './arrival.js';
import { writesDescriptorTable } from './descriptor-tables.js';

const HEADER_SIZE = 40;
const INPUT_SIZE = 16;
const EFFECT_SIZE = 24;

const Flag = { arrives: 1, steps: 2, stands: 4, applies: 8, result: 16, puts: 32, reports: 64, whole: 128 } as const;

const EFFECT_TYPES: Partial<Record<Effect['type'], number>> = { memory: 0, registers: 1, xstate: 2 };

const SIZE_AT = 0;
const PATIENCE_AT = 16;

/** Tasks and address spaces of larger numbers are not followed by the addon: it keeps them in 32 bits. */
const LARGEST_ID = 2 ** 31;

/** Signal numbers end here: 64 is the last, signal(7). */
const SIGNALS_END = 65;

const TWO_32 = 4294967296;

/** How long a task may run to an event, microseconds, and besides how many times what it took. */
const PATIENCE = 60_000_000;
const PATIENCE_FACTOR = 20;

/** What one replay asks for. */
export interface PlanOptions {
  /** Digests of memory are compared: the events that have one are left to TypeScript in part. */
  readonly compareMemory: boolean;
  /** The guest's output is wanted. */
  readonly reportOutput: boolean;
}

/** Where the record of the next event begins. */
export const nextRecord = (plan: DataView, offset: number): number => offset + plan.getUint32(offset + SIZE_AT, true);

/** How long the task of a record may run to its arrival, microseconds. */
export const patienceOf = (plan: DataView, offset: number): number =>
  plan.getUint32(offset + PATIENCE_AT, true) + plan.getUint32(offset + PATIENCE_AT + 4, true) * TWO_32;

/** Makes records of events, in their order. */
export class PlanWriter {
  private bytes = new Uint8Array(262144);
  private view = new DataView(this.bytes.buffer);
  private end = 0;
  private lastTime = 0;

  constructor(private readonly options: PlanOptions) {}

  /** Bytes of the records so far. */
  get size(): number {
    return this.end;
  }

  /** The records so far, in a buffer of their own; the next record begins a new plan. */
  take(): Uint8Array<ArrayBuffer> {
    const plan = this.bytes.slice(0, this.end);
    this.end = 0;
    return plan;
  }

  /** Adds an event. True where TypeScript will have to know it, too. */
  add(event: TraceEvent): boolean {
    const flags = this.flags(event);
    const signal = expectedSignal(event) ?? 0;
    const registers = flags & (Flag.arrives | Flag.stands) ? event.registers : undefined;
    const inputs = flags & Flag.arrives ? event.inputs : [];
    const effects = flags & Flag.applies ? event.effects : [];
    const start = this.end;
    this.reserve(recordSize(registers, inputs, effects));
    const { view } = this;
    view.setUint32(start + 4, flags, true);
    view.setUint32(start + 8, flags & Flag.whole ? 0 : event.task, true);
    view.setUint32(start + 12, signal, true);
    this.setNumber(start + PATIENCE_AT, this.patience(event));
    view.setBigUint64(start + 24, BigInt.asUintN(64, event.syscall?.result ?? 0n), true);
    view.setUint32(start + 32, inputs.length, true);
    view.setUint32(start + 36, effects.length, true);
    this.end += HEADER_SIZE;
    if (registers) this.append(registers.bytes);
    for (const input of inputs) this.input(input);
    for (const effect of effects) this.effect(effect);
    view.setUint32(start + SIZE_AT, this.end - start, true);
    return (flags & Flag.applies) === 0 || (flags & Flag.reports) !== 0;
  }

  private flags(event: TraceEvent): number {
    const arrival = arrivalFlags(event);
    if (arrival === undefined) return Flag.whole;
    const hasResult = event.syscall?.result !== undefined;
    if (!this.applies(event)) return arrival;
    let flags = arrival | Flag.applies;
    if (hasResult) flags |= Flag.result;
    if (hasResult || event.effects.length > 0) flags |= Flag.puts;
    if (event.syscall?.stream && this.options.reportOutput) flags |= Flag.reports;
    return flags;
  }

  private applies(event: TraceEvent): boolean {
    if (event.kind === 'exit') return false;
    if (this.options.compareMemory && event.point && event.syscall) return false;
    if (writesDescriptorTable(event.syscall)) return false;
    return event.effects.every(isPlain);
  }

  private patience(event: TraceEvent): number {
    if (!event.registers || isPointed(event)) return 0;
    const took = Math.max(0, event.time - this.lastTime) / 1000;
    this.lastTime = event.time;
    return PATIENCE * (1 + Math.floor((PATIENCE_FACTOR * took) / PATIENCE));
  }

  private input({ address, bytes }: MemoryInput): void {
    this.setNumber(this.end, address);
    this.setNumber(this.end + 8, bytes.length);
    this.end += INPUT_SIZE;
    this.append(bytes);
  }

  private effect(effect: Effect): void {
    const bytes = bytesOf(effect);
    const isMemory = effect.type === 'memory';
    this.view.setUint32(this.end, EFFECT_TYPES[effect.type]!, true);
    this.view.setUint32(this.end + 4, isMemory ? effect.space : (effect as { task: number }).task, true);
    this.setNumber(this.end + 8, isMemory ? effect.address : 0);
    this.setNumber(this.end + 16, bytes.length);
    this.end += EFFECT_SIZE;
    this.append(bytes);
  }

  private append(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.end);
    const end = this.end + padded(bytes.length);
    this.bytes.fill(0, this.end + bytes.length, end);
    this.end = end;
  }

  private setNumber(at: number, value: number): void {
    const low = value >>> 0;
    this.view.setUint32(at, low, true);
    this.view.setUint32(at + 4, Math.floor((value - low) / TWO_32) >>> 0, true);
  }

  private reserve(more: number): void {
    if (this.end + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.end + more));
    larger.set(this.bytes.subarray(0, this.end));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

const padded = (length: number): number => (length + 7) & ~7;

function recordSize(registers: Registers | undefined, inputs: readonly MemoryInput[], effects: readonly Effect[]): number {
  let size = HEADER_SIZE + (registers ? REGISTER_FILE_SIZE : 0);
  for (const { bytes } of inputs) size += INPUT_SIZE + padded(bytes.length);
  for (const effect of effects) size += EFFECT_SIZE + padded(bytesOf(effect).length);
  return size;
}

function bytesOf(effect: Effect): Uint8Array {
  if (effect.type === 'registers') return effect.registers.bytes;
  return effect.type === 'memory' || effect.type === 'xstate' ? effect.bytes : new Uint8Array();
}

const isId = (value: number): boolean => value >= 0 && value < LARGEST_ID;

/** An effect that the addon puts back. */
function isPlain(effect: Effect): boolean {
  if (effect.type === 'memory') return isId(effect.space);
  return (effect.type === 'registers' || effect.type === 'xstate') && isId(effect.task);
}

/** An arrival that no call or fault marks. */
export const isPointed = (event: TraceEvent): boolean => event.point !== undefined && event.syscall === undefined;

/** How the addon compares the arrival; undefined where it cannot. */
function arrivalFlags(event: TraceEvent): number | undefined {
  if (!isId(event.task)) return undefined;
  const { registers } = event;
  if (!registers) return 0;
  if (isPointed(event)) return event.point!.immediate ? Flag.stands : undefined;
  const signal = expectedSignal(event);
  if (signal !== undefined && !(signal > 0 && signal < SIGNALS_END)) return undefined;
  if (!factsHold(event.syscall, registers)) return undefined;
  return Flag.arrives | (wasStepped(event, registers) ? Flag.steps : 0);
}

/** What an event says of its call must be what its registers say, or the trace was changed. */
export function factsHold(call: SyscallFacts | undefined, registers: Registers): boolean {
  if (!call) return true;
  return (
    registers.int32(Reg.orig_rax) === call.number &&
    ARGUMENT_REGISTERS.every((register, i) => registers.long(register) === call.arguments[i])
  );
}

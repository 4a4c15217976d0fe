/** What a guest wrote to its standard output and error, write by write. */
import type { Descriptors } from '../mappings/index.js';
import { isWrite, standardStream, type CallObserver, type EndedCall } from '../stat/index.js';
import { capturedMemory, writtenParts } from '../syscalls/index.js';
import type { TraceEvent } from '../trace/index.js';
import type { ConsoleData, ConsolePart } from './report-data.js';

/** sendmsg(2) has its bytes behind a structure of its own. */
const SENDMSG = 46;

export class ConsoleOutput implements CallObserver {
  /** Bytes written in all. */
  bytes = 0;
  private readonly parts: ConsolePart[] = [];
  private kept = 0;
  private leftOut = 0;
  // A character may be written in pieces.
  private readonly decoders = { 1: new TextDecoder(), 2: new TextDecoder() };

  /** `limit`: bytes that are kept. */
  constructor(
    private readonly descriptors: Descriptors,
    private readonly limit: number,
  ) {}

  entry(): string {
    return '';
  }

  add({ number, task, result = 0, begun, event }: EndedCall): void {
    const { syscall } = event;
    if (syscall === undefined || result <= 0 || number === SENDMSG || !isWrite(number)) return;
    const stream = standardStream(task, syscall, this.descriptors);
    if (stream === undefined) return;
    this.bytes += result;
    // What is left out is the end: a small write behind a large one goes with it.
    if (this.leftOut > 0 || this.kept + result > this.limit) {
      this.leftOut += result;
      return;
    }
    this.kept += result;
    this.parts.push({ event: event.index, time: event.time, stream, ...this.content(stream, result, begun, event) });
  }

  done(): ConsoleData {
    return { parts: this.parts, leftOut: this.leftOut };
  }

  private content(stream: 1 | 2, result: number, begun: TraceEvent, { syscall }: TraceEvent): { text: string; missing?: number } {
    const shown = syscall!.texts?.[1];
    if (shown !== undefined) return { text: shown };
    const memory = capturedMemory(begun.inputs);
    const parts = writtenParts(syscall!, (address, length) => memory.read(address, length));
    const text = parts.map((part) => this.decoders[stream].decode(part, { stream: true })).join('');
    const missing = result - parts.reduce((bytes, part) => bytes + part.length, 0);
    return missing > 0 ? { text, missing } : { text };
  }
}

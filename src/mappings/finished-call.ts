/** A call that returned, as whoever keeps track of what it changed sees it. */
import type { TaskId } from '../base/brands.js';
import type { MemoryInput, TraceEvent } from '../trace/events.js';

export interface FinishedCall {
  readonly number: number;
  readonly result: number;
  /** An argument as an unsigned number. */
  argument(index: number): number;
  /** The low half of an argument, as the kernel reads an `int`. */
  int(index: number): number;
  /** The text that an argument points at; undefined where the trace does not have it. */
  text(index: number): string | undefined;
  /** A 32-bit word of memory as the call left it, or else found it; undefined where the trace does not have it. */
  word(address: number): number | undefined;
}

const LATIN1 = new TextDecoder('latin1');

/** Takes the events of a trace in their order: what a call that slept read stands in the event of its entry. */
export class FinishedCalls {
  private readonly entered = new Map<TaskId, readonly MemoryInput[]>();

  /** The call of the event; undefined where it has none that returned. */
  take(event: TraceEvent): FinishedCall | undefined {
    const { kind, task, inputs, syscall } = event;
    if (syscall === undefined && event.exit === undefined) return undefined;
    const known = inputs.length > 0 ? inputs : (this.entered.get(task) ?? inputs);
    if (kind === 'enter') this.entered.set(task, inputs);
    else this.entered.delete(task);
    return finishedCall(event, kind === 'leave' ? known : inputs);
  }
}

function finishedCall({ syscall, effects }: TraceEvent, inputs: readonly MemoryInput[]): FinishedCall | undefined {
  if (syscall?.result === undefined) return undefined;
  const argument = (index: number): number => Number(BigInt.asUintN(64, syscall.arguments[index] ?? 0n));
  return {
    number: syscall.number,
    result: Number(syscall.result),
    argument,
    int: (index) => Number(BigInt.asIntN(32, syscall.arguments[index] ?? 0n)),
    text(index) {
      const at = argument(index);
      const bytes = inputs.find((input) => input.address === at)?.bytes;
      if (bytes === undefined) return undefined;
      const end = bytes.indexOf(0);
      return LATIN1.decode(end < 0 ? bytes : bytes.subarray(0, end));
    },
    word(address) {
      const written = effects.filter((effect) => effect.type === 'memory');
      for (const { address: start, bytes } of [...written.reverse(), ...inputs]) {
        const at = address - start;
        if (at >= 0 && at + 4 <= bytes.length) return new DataView(bytes.buffer, bytes.byteOffset).getInt32(at, true);
      }
      return undefined;
    },
  };
}

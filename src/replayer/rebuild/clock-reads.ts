/**
 * Reads of a clock. How often a program looks at the time depends on how far it comes in it, so another
 * build may do so more or less often: it then gets the time that the recorded one was told last.
 */
import { ARGUMENT_REGISTERS, Reg } from '../../base/registers.js';
import type { TraceEvent } from '../../trace/events.js';
import type { Entry } from './places.js';
import type { RebuildTask } from './task.js';

/** By number (asm/unistd_64.h): index of the argument that the time is written to. */
const RESULT_ARGUMENTS: ReadonlyMap<number, number> = new Map([
  [96, 0], // gettimeofday
  [201, 0], // time
  [228, 1], // clock_gettime
]);

const SYS_CLOCK_GETTIME = 228;

/** A program that looks at the time so often while another call is expected waits for it to pass. */
const MOST_EXTRA = 1000;

interface Told {
  readonly result: bigint;
  readonly bytes: Uint8Array | undefined;
}

export class ClockReads {
  /** How often the new build looked at the time where the recorded one did not, and the other way round. */
  more = 0;
  fewer = 0;
  private readonly told = new Map<string, Told>();
  private extra = 0;

  static isRead({ number }: Pick<Entry, 'number'>): boolean {
    return RESULT_ARGUMENTS.has(number);
  }

  /** The recorded build was told the time; `skipped`: the new one did not ask. */
  note({ syscall, effects }: TraceEvent, recorded: Entry, skipped: boolean): void {
    if (syscall!.result! < 0n) return;
    const memory = effects.find((effect) => effect.type === 'memory');
    this.told.set(clockOf(recorded), { result: syscall!.result!, bytes: memory?.type === 'memory' ? memory.bytes : undefined });
    if (skipped) this.fewer++;
    else this.extra = 0;
  }

  /** Tells the time once more; false where it cannot. The task stands at the call's entry. */
  tellAgain(task: RebuildTask, actual: Entry): boolean {
    const told = this.told.get(clockOf(actual));
    const at = actual.args.number(ARGUMENT_REGISTERS[RESULT_ARGUMENTS.get(actual.number)!]!);
    if (!told || (at !== 0 && !told.bytes) || this.extra === MOST_EXTRA) return false;
    if (at !== 0) task.write(at, told.bytes!);
    task.registers.copyFrom(actual.args);
    task.registers.setLong(Reg.rax, BigInt.asUintN(64, told.result));
    task.interrupted = false;
    task.putRegisters();
    this.extra++;
    this.more++;
    return true;
  }
}

const clockOf = ({ number, args }: Entry): string => (number === SYS_CLOCK_GETTIME ? `${number} ${args.int32(Reg.rdi)}` : `${number}`);

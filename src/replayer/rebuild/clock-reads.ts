/**
 * Reads of a clock. How often a program looks at the time depends on how far it comes in it, so another
 * build may do so more or less often: it then gets a time between the
 * two that the recorded one was told before and after.
 */
import { ARGUMENT_REGISTERS, Reg } from '../../base/registers.js';
import type { EventIndex } from '../../base/brands.js';
import type { Effect, TraceEvent } from '../../trace/events.js';
import type { TraceReader } from '../../trace/index.js';
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

/** Time goes on so much from one extra read to the next, nanoseconds, up to what is told next. */
const STEP = 50_000n;
/** So many events are looked at for that. */
const HORIZON = 20_000;

interface Told {
  readonly result: bigint;
  readonly bytes: Uint8Array | undefined;
  /** Extra reads since. */
  extra: bigint;
}

interface Upcoming {
  readonly event: EventIndex;
  readonly clock: string;
  readonly bytes: Uint8Array | undefined;
}

export class ClockReads {
  /** How often the new build looked at the time where the recorded one did not, and the other way round. */
  more = 0;
  fewer = 0;
  private readonly told = new Map<string, Told>();
  private extra = 0;
  private upcoming: Upcoming[] = [];
  private ahead: IterableIterator<TraceEvent> | undefined;
  private seen = 0;

  constructor(private readonly reader: TraceReader) {}

  static isRead({ number }: Pick<Entry, 'number'>): boolean {
    return RESULT_ARGUMENTS.has(number);
  }

  /** The recorded build was told the time; `skipped`: the new one did not ask. */
  note({ syscall, effects }: TraceEvent, recorded: Entry, skipped: boolean): void {
    if (syscall!.result! < 0n) return;
    this.told.set(clockOf(recorded), { result: syscall!.result!, bytes: timeIn(effects), extra: 0n });
    if (skipped) this.fewer++;
    else this.extra = 0;
  }

  /** Tells the time once more; false where it cannot. The task stands at the call's entry, before an event. */
  tellAgain(task: RebuildTask, actual: Entry, before: EventIndex): boolean {
    const clock = clockOf(actual);
    const told = this.told.get(clock);
    const at = actual.args.number(ARGUMENT_REGISTERS[RESULT_ARGUMENTS.get(actual.number)!]!);
    if (!told || (at !== 0 && !told.bytes) || this.extra === MOST_EXTRA) return false;
    told.extra++;
    if (at !== 0) task.write(at, this.timeAfter(told, clock, before));
    task.registers.copyFrom(actual.args);
    task.registers.setLong(Reg.rax, BigInt.asUintN(64, told.result));
    task.interrupted = false;
    task.putRegisters();
    this.extra++;
    this.more++;
    return true;
  }

  /** The time goes on, but never past what the trace tells next. */
  private timeAfter({ bytes, extra }: Told, clock: string, before: EventIndex): Uint8Array {
    const next = clock.startsWith(`${SYS_CLOCK_GETTIME} `) && this.next(clock, before);
    if (!next) return bytes!;
    const [now, then] = [nanosecondsOf(bytes!), nanosecondsOf(next)];
    const time = now + extra * STEP < then ? now + extra * STEP : then;
    return new Uint8Array(new BigInt64Array([time / SECOND, time % SECOND]).buffer);
  }

  /** What the recorded build was told next of a clock. */
  private next(clock: string, from: EventIndex): Uint8Array | undefined {
    this.upcoming = this.upcoming.filter(({ event }) => event >= from);
    const known = this.upcoming.find((each) => each.clock === clock);
    if (known) return known.bytes;
    if (!this.ahead || this.seen < from) this.ahead = this.reader.events({ from });
    for (let event = this.ahead.next(); !event.done && event.value.index < from + HORIZON; event = this.ahead.next()) {
      const { index, kind, syscall, registers, effects } = event.value;
      this.seen = index;
      if (kind !== 'syscall' || !registers || !RESULT_ARGUMENTS.has(syscall!.number) || syscall!.result! < 0n) continue;
      const found = { event: index, clock: clockOf({ number: syscall!.number, args: registers }), bytes: timeIn(effects) };
      this.upcoming.push(found);
      if (found.clock === clock) return found.bytes;
    }
    return undefined;
  }
}

const SECOND = 1_000_000_000n;

/** struct timespec */
function nanosecondsOf(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getBigInt64(0, true) * SECOND + view.getBigInt64(8, true);
}

function timeIn(effects: readonly Effect[]): Uint8Array | undefined {
  const memory = effects.find((effect) => effect.type === 'memory');
  return memory?.type === 'memory' ? memory.bytes : undefined;
}

const clockOf = ({ number, args }: Pick<Entry, 'number' | 'args'>): string =>
  number === SYS_CLOCK_GETTIME ? `${number} ${args.int32(Reg.rdi)}` : `${number}`;

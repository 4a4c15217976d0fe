/** Brings a task to an exact point: the place where its whole state equals the recorded one. */
import { addon, answered, Breakpoints, digestMemory, digestState, readMappings, Request, Signal, Stop, type Digested, type NativeFilter } from '../tracee/index.js';
import { PAGE_SIZE, pageCeil, pageFloor } from '../base/brands.js';
import { Reg, type Registers } from '../base/registers.js';
import type { ExactPoint } from '../trace/events.js';
import { CodeGuard } from './code-guard.js';
import { Diverged } from './divergence.js';
import type { ReplayTask } from './task.js';
import { describeStop, differences } from './arrival.js';

const SYS_MMAP = 9;
const SYS_MUNMAP = 11;
const READ_WRITE_EXECUTE = 7;
/** MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE */
const NEW_PAGES = 0x100022;

/** Passes by breakpoint before the guest itself is made to compare. */
const FEW_PASSES = 24;
const MANY_PASSES = 1_000_000_000;
/** A guest may write to its code so often while a place in it is sought: some minutes. */
const MOST_WRITES = 1_000_000;
/** What the addon's seek answers. */
const OTHER_STOP = 0;
const MATCH = 1;
const LOST = 3;

/** How long a task may run to a point, microseconds: a slice of the recording is some ten milliseconds. */
const PATIENCE = 60_000_000;

/** How far a five-byte jump reaches, less as much as what a moved instruction names may lie away from it. */
const REACH = 2 ** 31 - 2 ** 28;
const CODE_ROOM = 16;
const WORD_SIZE = 8;
/** Registers in the order of their numbers in instructions. */
const COMPARED = [
  Reg.rax, Reg.rcx, Reg.rdx, Reg.rbx, Reg.rsp, Reg.rbp, Reg.rsi, Reg.rdi,
  Reg.r8, Reg.r9, Reg.r10, Reg.r11, Reg.r12, Reg.r13, Reg.r14, Reg.r15,
] as const;
const JUMP_SIZE = 5;
/** int3 */
const TRAP_SIZE = 1;
const LOWEST_PAGE = 0x20000;
/** Bytes that are traps, int3 first. */
const TRAPS = [...addon.trapBytes()];
const LOW_BYTES = 0xffff;

/** An exact point of an event. */
export interface PointSought {
  /** Registers at the point. */
  readonly expected: Registers;
  readonly point: ExactPoint;
  /** Stack pointers of the other tasks in the same address space. */
  readonly otherStacks: readonly number[];
  /** What XSAVEC left in memory is part of the trace's digests. */
  readonly savedState: boolean;
}

/** Brings a task to a point. Throws `Diverged` where it comes to another stop, or never there. */
export function reachPoint(task: ReplayTask, sought: PointSought, stop: Stop): void {
  new PointSeeker(task, sought, stop).reach();
}

/** Compares a digest that the recorder took behind a call. */
export function compareDigest(task: ReplayTask, point: ExactPoint, counted: Omit<Digested, 'pages'>): void {
  const digest = digestMemory(task.tracee.tid, { pages: point.pages, ...counted });
  if (Buffer.compare(digest, point.digest) === 0) return;
  throw new Diverged('memory differs', [
    { what: 'digest', expected: Buffer.from(point.digest).toString('hex'), actual: Buffer.from(digest).toString('hex') },
  ]);
}

class PointSeeker {
  private readonly words: BigUint64Array;

  private readonly expected: Registers;
  private readonly point: ExactPoint;
  private readonly counted: Omit<Digested, 'pages'>;

  constructor(
    private readonly task: ReplayTask,
    { expected, point, otherStacks, savedState }: PointSought,
    private readonly stop: Stop,
  ) {
    this.expected = expected;
    this.point = point;
    this.counted = { stackPointers: [expected.number(Reg.rsp), ...otherStacks], savedState };
    // Words of the code at the place are other ones while it holds a trap or a jump.
    const place = expected.number(Reg.rip);
    const words = point.words.filter(({ address }) => address + WORD_SIZE <= place || place + CODE_ROOM <= address);
    this.words = BigUint64Array.from(words.flatMap(({ address, value }) => [BigInt(address), value]));
  }

  reach(): void {
    const { task, stop, expected } = this;
    task.tracee.registers(stop.registers);
    if (this.point.immediate) {
      if (addon.sameRegisters(stop.registers.bytes, expected.bytes)) return;
      throw this.diverged('the registers differ before a signal');
    }
    if (this.isHere() || this.seekByBreakpoint(FEW_PASSES)) return;
    let outcome = this.seekInGuest();
    while (outcome === 'rewritten' && !this.isHere()) outcome = this.seekInGuest();
    // The last resort: every pass is a stop.
    if (outcome === 'impossible') this.seekByBreakpoint(MANY_PASSES);
  }

  /** Lets the task pass the point's instruction so many times. True at the point, false when they are used up. */
  private seekByBreakpoint(passes: number): boolean {
    const { task, expected, stop } = this;
    const { tid } = task.tracee;
    const place = expected.number(Reg.rip);
    const breakpoints = new Breakpoints(task);
    for (;;) {
      breakpoints.set(place);
      const original = breakpoints.originalAt(place);
      const guard = original < 0 ? undefined : CodeGuard.of(task, place, TRAP_SIZE);
      guard?.arm();
      const found = answered(addon.seek(tid, expected.bytes, this.words, passes, original, PATIENCE, stop.block), tid, 'run a task');
      const writes = found === OTHER_STOP && guard?.isWrite(stop) === true;
      if (found === OTHER_STOP && !writes) throw this.cameElsewhere();
      if (found === LOST) throw this.lost();
      // Memory is compared, and written, as the guest has it.
      breakpoints.clear();
      guard?.disarm();
      if (writes) {
        this.letWrite(guard!);
        if (this.isHere()) return true;
        continue;
      }
      if (found !== MATCH) return false;
      if (this.sameMemory()) return true;
    }
  }

  /** The task writes to code that is as the guest has it again. */
  private letWrite(guard: CodeGuard): void {
    if (++this.writes > MOST_WRITES) throw this.diverged('the task did not come to the point of a signal, though it rewrote its code for long');
    if (!guard.letWrite(this.stop, PATIENCE)) throw this.cameElsewhere();
  }

  private cameElsewhere(): Diverged {
    return this.diverged('the task came to another stop before the point of a signal');
  }

  private isHere(): boolean {
    const { stop, expected, task } = this;
    return (
      addon.sameRegisters(stop.registers.bytes, expected.bytes) &&
      addon.sameWords(task.tracee.tid, this.words) &&
      this.sameMemory()
    );
  }

  private sameMemory(): boolean {
    const digest = digestState(this.task.tracee, { pages: this.point.pages, ...this.counted });
    const same = Buffer.compare(digest, this.point.digest) === 0;
    if (!same) this.falseMatches++;
    return same;
  }

  private falseMatches = 0;
  private writes = 0;

  private diverged(reason: string): Diverged {
    const { stop, expected } = this;
    if (stop.kind === 'exited') return new Diverged(`${reason}: it died`, []);
    const found = [
      { what: 'stop', expected: 'the point', actual: describeStop(stop) },
      ...differences(expected, stop.registers, false),
    ];
    if (this.falseMatches > 0) {
      found.push({
        what: 'memory',
        expected: `digest ${Buffer.from(this.point.digest).toString('hex')}`,
        actual: `another at ${this.falseMatches} places with these registers`,
      });
    }
    return new Diverged(reason, found, stop.registers.clone());
  }

  /**
   * Makes the guest compare by itself at each pass, so that millions of them cost little. Impossible where
   * the instruction cannot be replaced.
   */
  private seekInGuest(): 'reached' | 'rewritten' | 'impossible' {
    const { task, expected } = this;
    const rip = expected.number(Reg.rip);
    const code = task.tracee.read(rip, CODE_ROOM).slice();
    const place = this.freePlace(rip, code);
    if (place === undefined) return 'impossible';
    const filter = addon.buildFilter(code, place, expected.bytes, this.words, this.telling());
    if (!filter) return 'impossible';
    const pages = pageFloor(place);
    const size = pageCeil(place + PAGE_SIZE) - pages;
    if (task.call(SYS_MMAP, [pages, size, READ_WRITE_EXECUTE, NEW_PAGES, -1, 0]) !== pages) return 'impossible';
    task.tracee.write(place, filter.page);
    const original = code.subarray(0, filter.patch.length);
    // The task may stand at the instruction itself: it has been compared there already.
    const current = task.tracee.registers(this.stop.registers).clone();
    if (current.number(Reg.rip) === rip) {
      current.setNumber(Reg.rip, filter.goOn);
      task.tracee.setRegisters(current);
    }
    const guard = CodeGuard.of(task, rip, original.length);
    guard?.arm();
    const outcome = this.passFilter(filter, original, guard);
    guard?.disarm();
    task.call(SYS_MUNMAP, [pages, size]);
    // The write may have changed what the filter holds a copy of.
    if (outcome === 'rewritten') this.letWrite(guard!);
    return outcome;
  }

  /** What is another one now than at the point, and likely so at most passes: see buildFilter. */
  private telling(): number {
    const { words, task, expected } = this;
    const here = this.stop.registers;
    const register = COMPARED.findIndex((index) => here.int32(index) !== expected.int32(index));
    if (register >= 0) return register;
    for (let i = 0; i < words.length; i += 2) {
      const bytes = task.tracee.read(Number(words[i]), WORD_SIZE);
      if (bytes.length < WORD_SIZE) continue;
      if (new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true) !== Number(BigInt.asIntN(32, words[i + 1]!))) return COMPARED.length + i / 2;
    }
    return -1;
  }

  /** Up to the point, or to a write to the code that the filter replaces. */
  private passFilter(filter: NativeFilter, original: Uint8Array, guard: CodeGuard | undefined): 'reached' | 'rewritten' {
    const { task, stop, expected } = this;
    const rip = expected.number(Reg.rip);
    for (;;) {
      task.write(rip, filter.patch);
      task.tracee.resume(Request.sysemu);
      this.waitPatiently();
      const trapped = stop.kind === 'signal' && (stop.signal === Signal.SIGTRAP || stop.signal === Signal.SIGILL);
      if (stop.kind !== 'exited') task.write(rip, original);
      if (guard?.isWrite(stop)) {
        this.leaveFilter(filter);
        return 'rewritten';
      }
      if (trapped && this.enteredInside(filter)) continue;
      if (!trapped || stop.registers.number(Reg.rip) !== filter.hit) {
        throw this.cameElsewhere();
      }
      const here = stop.registers.clone();
      here.setNumber(Reg.rip, rip);
      if (addon.sameRegisters(here.bytes, expected.bytes) && this.sameMemory()) {
        task.tracee.setRegisters(here);
        return 'reached';
      }
      here.setNumber(Reg.rip, filter.goOn);
      task.tracee.setRegisters(here);
    }
  }

  /** Waits for the task; one that passes its point for ever is somewhere else than recorded. */
  private waitPatiently(): void {
    const { task, stop } = this;
    const { tid } = task.tracee;
    if (answered(addon.wait(tid, PATIENCE, stop.block), tid, 'wait for a task') > 0) return;
    throw this.lost();
  }

  /** The task still runs: it is stopped, to tell where it is. */
  private lost(): Diverged {
    this.task.tracee.interrupt();
    this.task.tracee.wait(this.stop);
    return this.diverged('the task did not come to the point of a signal, though it ran for long');
  }

  /** The code jumped to an instruction behind the first that the patch replaced: it runs elsewhere. */
  private enteredInside({ places }: NativeFilter): boolean {
    const { task, stop } = this;
    const trapAt = stop.registers.number(Reg.rip) - (stop.signal === Signal.SIGTRAP ? TRAP_SIZE : 0);
    for (let i = 2; i < places.length; i += 2) {
      if (places[i] !== trapAt) continue;
      const here = stop.registers.clone();
      here.setNumber(Reg.rip, places[i + 1]!);
      task.tracee.setRegisters(here);
      return true;
    }
    return false;
  }

  /** The task may stand at an instruction that the filter has moved: back to where the guest has it. */
  private leaveFilter({ places }: NativeFilter): void {
    const { task, stop } = this;
    const at = stop.registers.number(Reg.rip);
    for (let i = 0; i < places.length; i += 2) {
      if (places[i + 1] !== at) continue;
      const here = stop.registers.clone();
      here.setNumber(Reg.rip, places[i]!);
      task.tracee.setRegisters(here);
    }
  }

  /** Room that nothing uses, at one of the distances that the jump may have. */
  private freePlace(rip: number, code: Uint8Array): number | undefined {
    const traps = addon.filterDistance(code);
    if (traps === null) return undefined;
    const from = rip + JUMP_SIZE;
    const mappings = readMappings(this.task.tracee.tid);
    const gaps = mappings.map(({ start }, i) => ({ start: mappings[i - 1]?.end ?? LOWEST_PAGE, end: start as number }));
    for (const { first, last } of distancesOf(traps)) {
      for (const gap of gaps) {
        // A page of distance to the neighbours: stacks grow.
        const place = firstPlace(Math.max(gap.start + PAGE_SIZE, from + first), from, traps & LOW_BYTES);
        if (place <= Math.min(gap.end - 3 * PAGE_SIZE, from + last)) return place;
      }
    }
    return undefined;
  }
}

/** The ranges of jump distances whose two high bytes are traps where they have to. */
function distancesOf(traps: number): { first: number; last: number }[] {
  const [second, top] = [(traps & 0xff0000) !== 0, traps >>> 24 !== 0];
  if (!second && !top) return [{ first: -REACH, last: REACH }];
  const tops = top ? TRAPS : Array.from({ length: 256 }, (_, value) => value);
  return tops
    .map((value) => (value << 24) | (second ? TRAPS[0]! << 16 : 0))
    .filter((first) => Math.abs(first) < REACH)
    .map((first) => ({ first, last: first + (second ? 0xffff : 0xffffff) }));
}

/** The first place that is not below `lowest`, where the two low bytes of the distance to it are traps where they have to; else one at a page. */
function firstPlace(lowest: number, from: number, traps: number): number {
  if (traps === 0) return pageCeil(lowest);
  const wanted = traps & ((TRAPS[0]! << 8) | TRAPS[0]!);
  return lowest + ((wanted - (lowest - from)) & LOW_BYTES);
}

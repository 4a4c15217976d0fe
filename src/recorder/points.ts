/**
 * Takes an exact point: brings a task that was stopped anywhere to a place that replay can find
 * again, and notes what tells this pass of that place from every other. See docs/determinism.md.
 */
import { addon, BREAKPOINT_LIMIT, Breakpoints, digestState, milliseconds, Signal, Stop, StopEvent, stepRequest, TRAP_FLAG } from '../tracee/index.js';
import { PAGE_SIZE, address } from '../base/brands.js';
import { beforeCall, Reg, Registers } from '../base/registers.js';
import type { ExactPoint, PageRun, PointWord } from '../trace/events.js';
import { blockTrap, unblockTrap } from './forced-signals.js';
import { isOurs } from './own-signals.js';
import { isFaultPending, SYNCHRONOUS } from './process-status.js';
import type { RecordSession } from './session.js';
import type { GuestTask } from './task.js';

export type PointOutcome =
  /** The task stands at the point, in a stop where a signal can be delivered. */
  | { readonly type: 'point'; readonly registers: Registers; readonly point: ExactPoint }
  /** Another stop came first, and marks its place by itself. */
  | { readonly type: 'stop'; readonly stop: Stop };

/** How long a task may run on to a system call, which needs no point, microseconds. */
const RUN_ON = 100;
/** How long to wait for a loop to come by again, microseconds. */
const NEXT_PASS = 500;
/** No wait is shorter, microseconds. */
const SHORTEST = 100;
/** Instructions that are stepped over to find one that replay can watch cheaply. */
const STEPS = 48;
const TRIES = 3;
/** Words of the stack that tell passes apart, and changed words that do. */
const STACK_WORDS = 128;
const CHANGED_WORDS = 8;
/** The same over a longer time, microseconds, where no more pages than this were written. */
const SLOW_WORDS = 32;
const LONG_PASS = 300;
const LONG_PASS_PAGES = 512;
/** Most memory that is copied to find changed words, bytes. */
const COPY_LIMIT = 16 << 20;
const INSTRUCTION_ROOM = 16;
/** XXH3, 128 bit. */
const DIGEST_SIZE = 16;
/** Long enough for any string instruction to end, microseconds. */
const LONG = 1_000_000;

export function takePoint(session: RecordSession, task: GuestTask): PointOutcome {
  if (!session.takesPoints) return anyPoint(task);
  return new PointTaker(session, task).take();
}

/**
 * A point so many instructions behind where a task stands, which is behind its last event: soon enough for replay, whatever
 * the instructions there are. Where a call comes before: the number of instructions up to there.
 */
export function takePointBehind(session: RecordSession, task: GuestTask, steps: number): PointOutcome | number {
  return new PointTaker(session, task).takeBehind(steps);
}

/** Where the host gives none: the task stays where it is, and the trace says that it cannot be replayed. */
function anyPoint(task: GuestTask): PointOutcome {
  const registers = task.tracee.registers(new Registers());
  return { type: 'point', registers, point: { pages: [], digest: new Uint8Array(DIGEST_SIZE), words: [], immediate: false } };
}

class PointTaker {
  private readonly stop = new Stop();
  private readonly runs: number[] = [];
  private readonly isTrapBlocked: boolean;
  private readonly breakpoints: Breakpoints;

  constructor(
    private readonly session: RecordSession,
    private readonly task: GuestTask,
  ) {
    // Steps and breakpoints raise it.
    this.isTrapBlocked = unblockTrap(task);
    const leavesDebugRegisters = task.debugRegisters?.isUsed ?? false;
    this.breakpoints = new Breakpoints({ tracee: task.tracee, leavesDebugRegisters, call: (number, args) => this.call(number, args) });
  }

  private call(number: number, args: readonly number[]): number {
    const held: Uint8Array[] = [];
    const { space, tracee } = this.task;
    const result = this.task.makeCall(space.syscallSite(tracee), number, args, held);
    this.session.resend(this.task, held);
    return result;
  }

  take(): PointOutcome {
    this.collectWritten();
    if (this.run(RUN_ON) === 'stop') return this.other();
    for (let attempt = 0; ; attempt++) {
      if (!this.stepToWatchable()) return this.other();
      const pass = this.passAgain();
      if (pass === 'other') return this.other();
      if (pass === 'again') return this.done();
      if (attempt === TRIES) return this.stepToWatchable() ? this.done() : this.other();
    }
  }

  takeBehind(steps: number): PointOutcome | number {
    const { stop } = this;
    const { tracee } = this.task;
    this.collectWritten();
    tracee.registers(stop.registers);
    for (let step = 0; ; step++) {
      const rip = stop.registers.number(Reg.rip);
      const code = tracee.read(rip, INSTRUCTION_ROOM);
      const repeat = addon.repeatLength(code);
      const ownFlag = this.hasOwnFlag();
      if (step >= steps && repeat === 0 && !pushesFlags(code) && !ownFlag) return this.done([]);
      if (isSyscall(code)) {
        this.release();
        return step;
      }
      if (!(repeat > 0 && !ownFlag ? this.runTo([rip + repeat]) : this.stepOnce())) return this.other();
    }
  }

  private other(): PointOutcome {
    if (this.stop.kind === 'syscall' && this.task.leftItsStop) this.enterAgain();
    this.release();
    return { type: 'stop', stop: this.stop };
  }

  /** A call that portrace made at the entry of the task's own made that one void: the task comes to it once more. */
  private enterAgain(): void {
    const { task, stop } = this;
    task.tracee.setRegisters(beforeCall(stop.registers));
    const request = this.session.requestFor(task);
    do task.resumeAndWait(request, stop);
    while (this.absorb());
  }

  private done(words: readonly PointWord[] = this.changed): PointOutcome {
    const registers = this.stop.registers.clone();
    this.session.settle(this.task);
    let state = this.memoryState(registers);
    // A call may have come to its end, and have written, before memory was looked at.
    while (this.session.settle(this.task)) state = this.memoryState(registers);
    this.release();
    const point = { ...state, words: [...words, ...this.stackWords(registers)], immediate: false };
    return { type: 'point', registers, point };
  }

  /** The pages that were written, and a digest of them. */
  private memoryState(registers: Registers): Pick<ExactPoint, 'pages' | 'digest'> {
    this.collectWritten();
    const pages = mergeRuns(this.runs);
    return { pages, digest: digestState(this.task.tracee, { pages, stackPointers: stackPointers(this.session, this.task, registers) }) };
  }

  private changed: PointWord[] = [];

  /** Adds the pages written since the last look to those of this point; answers just them. */
  private collectWritten(): Float64Array {
    const runs = this.session.writtenPages(this.task);
    this.runs.push(...runs);
    return runs;
  }

  /**
   * Lets the task run for a while. 'time': it was interrupted; 'stop': something else stopped it.
   */
  private run(microseconds: number): 'time' | 'stop' {
    const { task, stop, breakpoints } = this;
    const end = milliseconds() + microseconds / 1000;
    do {
      if (!breakpoints.leave(stop.registers.number(Reg.rip), () => this.stepOnce())) return 'stop';
      task.resume(this.session.requestFor(task));
      // Ticks of a timer may come faster than the time is up.
      const left = Math.max(SHORTEST, Math.ceil((end - milliseconds()) * 1000));
      if (addon.wait(task.tid, left, stop.block) === 0) {
        task.tracee.interrupt();
        task.tracee.wait(stop);
        if (stop.kind === 'event' && stop.event === StopEvent.stop && !isFaultPending(task.tid)) return 'time';
      }
    } while (!breakpoints.came(stop) && this.absorb());
    return 'stop';
  }

  /** Whether the guest steps by itself: the next instruction raises a trap of its own. */
  private hasOwnFlag(): boolean {
    return (this.stop.registers.number(Reg.eflags) & TRAP_FLAG) !== 0;
  }

  /** Runs one instruction that is no system call. False where another stop came than that of this step. */
  private stepOnce(): boolean {
    const { stop } = this;
    const { tracee } = this.task;
    const ownFlag = this.hasOwnFlag();
    const rip = stop.registers.number(Reg.rip);
    const code = tracee.read(rip, INSTRUCTION_ROOM);
    const pushes = !ownFlag && pushesFlags(code);
    // Its own flag stops it without a step, which would leave the flag behind a popf that clears it (enable_single_step in arch/x86/kernel/step.c).
    const request = ownFlag ? this.session.requestFor(this.task) : stepRequest(this.task.tracing?.emulates ?? false);
    do this.task.resumeAndWait(request, stop);
    while (this.absorb());
    const flags = stop.registers.number(Reg.eflags);
    // The kernel takes it for the guest's own at and behind a popf. The popf itself leaves what was popped.
    const isPopped = stop.registers.number(Reg.rip) !== rip && popsFlags(code);
    if (!ownFlag && !isPopped && (flags & TRAP_FLAG) !== 0 && stop.kind !== 'exited') {
      stop.registers.setNumber(Reg.eflags, flags - TRAP_FLAG);
      tracee.setRegisters(stop.registers);
    }
    if (ownFlag || !this.isTrap()) return false;
    // The processor pushes the flag that makes it step, too.
    const flagAt = stop.registers.number(Reg.rsp) + 1;
    if (pushes) tracee.write(flagAt, tracee.read(flagAt, 1).map((byte) => byte & ~(TRAP_FLAG >> 8)));
    return true;
  }

  private clearBreakpoints(): void {
    if (this.stop.kind === 'exited') this.breakpoints.drop();
    else this.breakpoints.clear();
  }

  /**
   * Steps on to an instruction that replay can replace by a jump, and at least one step, so that the
   * task is in a stop where signals can be delivered. False when another stop came.
   */
  private stepToWatchable(): boolean {
    const { tracee } = this.task;
    const { stop } = this;
    tracee.registers(stop.registers);
    let left = false;
    let next = 0;
    const passed = new Set<number>();
    for (let steps = 0; steps < STEPS; steps++) {
      const rip = stop.registers.number(Reg.rip);
      const code = tracee.read(rip, INSTRUCTION_ROOM);
      const repeat = addon.repeatLength(code);
      const ownFlag = this.hasOwnFlag();
      if (steps > 0 && repeat === 0 && !ownFlag) {
        const instructions = addon.displaceable(code);
        if (instructions === 1) return true;
        // Second best: several instructions, of which the program jumps to the first, where a whole
        // round showed nothing better.
        if (instructions > 1 && rip !== next) {
          if (passed.has(rip)) return true;
          passed.add(rip);
        }
      }
      next = rip + addon.instructionLength(code);
      if (!(repeat > 0 && !ownFlag ? this.runTo([rip + repeat]) : this.step(code))) return false;
      if (steps < STEPS - 1 || left) continue;
      // A loop of small instructions: go on behind the function that it is in, if that returns soon.
      left = true;
      const callers = this.callers();
      if (callers.length === 0) break;
      const outcome = this.runTo(callers, NEXT_PASS * 4);
      if (outcome === undefined) break;
      if (!outcome) return false;
      steps = 0;
    }
    return true;
  }

  /** Places that the functions on the stack return to, innermost first, as far as words look like them. */
  private callers(): number[] {
    const { tracee } = this.task;
    const found: number[] = [];
    for (const { value } of this.stackWords(this.stop.registers)) {
      if (value < 0x10000n || value >= 2n ** 47n || found.length === BREAKPOINT_LIMIT) continue;
      const code = tracee.read(Number(value) - 5, 5);
      const direct = code[0] === 0xe8;
      const indirect = code.length === 5 && ((code[3] === 0xff && (code[4]! & 0x38) === 0x10) || (code[2] === 0xff && (code[3]! & 0x38) === 0x10));
      if (!direct && !indirect) continue;
      if (!found.includes(Number(value)) && this.breakpoints.isHarmless(Number(value))) found.push(Number(value));
    }
    return found;
  }

  /** One instruction. A system call is no instruction to step over, but the stop that comes next. */
  private step(code: Uint8Array): boolean {
    if (!isSyscall(code)) return this.stepOnce();
    const request = this.session.requestFor(this.task);
    do this.task.resumeAndWait(request, this.stop);
    while (this.absorb());
    return this.isTrap();
  }

  /**
   * Runs to one of some instructions by breakpoints: a string instruction has no inner places to stop
   * at. False when another stop came, undefined when the time was up.
   */
  private runTo(places: readonly number[], microseconds = LONG): boolean | undefined {
    const { stop } = this;
    this.breakpoints.set(...places);
    const outcome = this.run(microseconds);
    this.clearBreakpoints();
    if (outcome === 'time') return undefined;
    return this.isTrap() && places.includes(stop.registers.number(Reg.rip));
  }

  /**
   * Puts an asynchronous signal aside that comes while the point is taken, or the echo of an
   * interrupt that another stop overtook. False for every other stop.
   */
  private absorb(): boolean {
    const { stop, task } = this;
    if (stop.kind === 'event') return stop.event === StopEvent.stop && stop.signal === Signal.SIGTRAP;
    if (stop.kind !== 'signal' || (SYNCHRONOUS.has(stop.signal) && stop.code > 0)) return false;
    if (isOurs(stop.siginfo)) {
      // It was put aside before, and is again.
      this.absorbed.push(stop.signal);
      return true;
    }
    // A standard signal that is already pending is not queued again (signal(7)).
    if (task.stash.has(stop.signal)) return true;
    task.stash.set(stop.signal, stop.siginfo.slice());
    this.absorbed.push(stop.signal);
    return true;
  }

  private readonly absorbed: number[] = [];

  /** Blocks again what was blocked, and sends the signals again that came meanwhile: they are delivered at the task's next resume. */
  private release(): void {
    if (this.isTrapBlocked) blockTrap(this.task);
    for (const signal of this.absorbed) addon.killTask(this.task.group, this.task.tid, signal);
  }

  /** A stop by our own breakpoint or step, and by none of a guest tracer. */
  private isTrap(): boolean {
    const { stop, task } = this;
    return stop.kind === 'signal' && stop.signal === Signal.SIGTRAP && stop.code > 0 && !task.debugRegisters?.claims(stop);
  }

  /**
   * Waits for the task to come by its place again, and looks what changes from pass to pass. 'again':
   * it stands there, `changed` tells the pass; 'late': it did not come; 'other': another stop.
   */
  private passAgain(): 'again' | 'late' | 'other' {
    const { stop } = this;
    this.changed = [];
    const before = stop.registers.clone();
    this.breakpoints.set(before.number(Reg.rip));
    try {
      for (const look of [this.firstPass, this.secondPass, this.thirdPass]) {
        const outcome = this.pass(before.number(Reg.rip));
        if (outcome !== 'again') return outcome;
        if (!addon.sameRegisters(stop.registers.bytes, before.bytes)) {
          // They tell this pass from the next, but they may come round again.
          this.collectWritten();
          return this.longPass(before.number(Reg.rip));
        }
        if (look.call(this)) break;
      }
      return this.changed.length > 0 ? this.longPass(before.number(Reg.rip)) : 'again';
    } finally {
      this.clearBreakpoints();
    }
  }

  private pass(rip: number): 'again' | 'late' | 'other' {
    if (this.run(NEXT_PASS) === 'time') return 'late';
    return this.isTrap() && this.stop.registers.number(Reg.rip) === rip ? 'again' : 'other';
  }

  /**
   * Many passes at once: words that change more slowly than every pass count too, such as the high
   * part of a counter.
   */
  private longPass(rip: number): 'again' | 'late' | 'other' {
    const pages = mergeRuns(this.runs);
    if (pages.reduce((sum, run) => sum + run.pages, 0) > LONG_PASS_PAGES) return 'again';
    this.copy(pages.flatMap((run) => [run.address, run.pages]));
    this.breakpoints.clear();
    if (this.run(LONG_PASS) === 'stop') return 'other';
    this.breakpoints.set(rip);
    const outcome = this.pass(rip);
    if (outcome !== 'again') return outcome;
    const fast = this.changed.map((word) => word.address);
    this.changed = [];
    this.compareCopies(SLOW_WORDS);
    const missing = fast.filter((at) => !this.changed.some((word) => word.address === at));
    for (const at of missing) this.changed.push(...this.wordsAt(at, 1));
    return 'again';
  }

  private copies: { address: number; bytes: Uint8Array }[] = [];

  /** Registers alone do not tell passes apart. */
  private firstPass(): boolean {
    this.changed = [];
    this.collectWritten();
    return false;
  }

  /** What a pass writes is known now: keep a copy. Nothing at all: every pass is the same state. */
  private secondPass(): boolean {
    const runs = this.collectWritten();
    let bytes = 0;
    for (let i = 0; i < runs.length; i += 2) bytes += runs[i + 1]! * PAGE_SIZE;
    if (bytes === 0 || bytes > COPY_LIMIT) return true;
    this.copy([...runs]);
    return false;
  }

  private copy(runs: readonly number[]): void {
    this.copies = [];
    for (let i = 0; i < runs.length; i += 2) {
      const size = runs[i + 1]! * PAGE_SIZE;
      this.copies.push({ address: runs[i]!, bytes: this.task.tracee.read(runs[i]!, size) });
    }
  }

  /** The words that a pass changed. */
  private thirdPass(): boolean {
    this.compareCopies(CHANGED_WORDS);
    return true;
  }

  private compareCopies(limit: number): void {
    for (const { address: start, bytes } of this.copies) {
      const now = this.task.tracee.read(start, bytes.length);
      const old = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length >> 3);
      const fresh = new BigUint64Array(now.buffer, now.byteOffset, now.length >> 3);
      for (let i = 0; i < fresh.length && this.changed.length < limit; i++) {
        if (fresh[i] !== old[i]) this.changed.push({ address: address(start + i * 8), value: fresh[i]! });
      }
    }
  }

  /** The words on top of the stack: local counters of the callers. */
  private stackWords(registers: Registers): PointWord[] {
    return this.wordsAt(registers.number(Reg.rsp), STACK_WORDS);
  }

  private wordsAt(start: number, count: number): PointWord[] {
    const bytes = this.task.tracee.read(start, count * 8).slice();
    const values = new BigUint64Array(bytes.buffer, 0, bytes.length >> 3);
    return Array.from(values, (value, i) => ({ address: address(start + i * 8), value }));
  }
}

/** pushf: 9c, with a prefix or without. */
const pushesFlags = (code: Uint8Array): boolean => code[0] === 0x9c || (code[1] === 0x9c && (code[0] === 0x66 || (code[0]! & 0xf0) === 0x40));

/** popf, iret: 9d, cf, with prefixes or without. */
function popsFlags(code: Uint8Array): boolean {
  const opcode = code.find((byte) => byte !== 0x66 && (byte & 0xf0) !== 0x40);
  return opcode === 0x9d || opcode === 0xcf;
}

const isSyscall = (code: Uint8Array): boolean => code[0] === 0x0f && code[1] === 0x05;

/** Stack pointers of all tasks in a task's address space, its own first. */
export function stackPointers(session: RecordSession, task: GuestTask, registers: Registers): number[] {
  const stacks = [registers.number(Reg.rsp)];
  for (const other of session.tasks.values()) {
    if (other !== task && other.space === task.space && other.state !== 'gone') stacks.push(other.last.number(Reg.rsp));
  }
  return stacks;
}

/** Sorts and joins runs given as address and page count in turn. */
export function mergeRuns(flat: readonly number[]): PageRun[] {
  const runs: { start: number; end: number }[] = [];
  for (let i = 0; i < flat.length; i += 2) runs.push({ start: flat[i]!, end: flat[i]! + flat[i + 1]! * PAGE_SIZE });
  runs.sort((a, b) => a.start - b.start);
  const merged: { start: number; end: number }[] = [];
  for (const run of runs) {
    const last = merged.at(-1);
    if (last && run.start <= last.end) last.end = Math.max(last.end, run.end);
    else merged.push({ ...run });
  }
  return merged.map(({ start, end }) => ({ address: address(start), pages: (end - start) / PAGE_SIZE }));
}

/**
 * The recording loop: one task runs at a time, each of its stops becomes an event. What the events
 * mean is in trace/events.ts; how each kind of stop is treated is in the files beside this one.
 */
import { addon, answered, digestMemory, InstructionFinder, isSyscallSite, milliseconds, nowAndThen, Request, Signal, Stop, StopEvent, TaskGone, Tracee } from '../tracee/index.js';
import { Reg, type Registers } from '../base/registers.js';
import { nanoseconds, spaceId, taskId, type EventIndex, type Nanoseconds, type SpaceId } from '../base/brands.js';
import type { Effect, ExactPoint, MissingAbility, NewEvent } from '../trace/events.js';
import type { TraceSink } from '../trace/index.js';
import { abandonedCallEffects, enterCall, filterCall, leaveCall, leaveAfterRestart, noteAbandoned, startProgram } from './calls.js';
import { DigestPace } from './digest-pace.js';
import { blockedTraps } from './forced-signals.js';
import { execveCall, onExecEvent } from './calls/execve.js';
import { onForkEvent } from './calls/clone.js';
import { IRREGULAR } from './calls/irregular.js';
import { retryWait } from './calls/wait.js';
import { ObjectStore } from './objects.js';
import { mergeRuns, stackPointers, takePoint, takePointBehind, type PointOutcome } from './points.js';
import { isTimersOnly, sendDueSignals } from './pacing.js';
import { isFaultPending, pendingSignals, signalMasks } from './process-status.js';
import { isOurs } from './own-signals.js';
import { outsideWrites } from './outside-writes.js';
import { deliverChosen, hasNotStarted, onSignalStop } from './signals.js';
import { GuestSpace } from './space.js';
import { hold, noteDeath, releaseTracees, stopInterrupted, stopWithGroup, type DeadTracee } from './tracer-stops.js';
import { ownerDiedEffects } from './robust-list.js';
import { GuestTask } from './task.js';

/** How long a task may keep the processor while others want it, milliseconds. */
const SLICE = 10;
/** Longer among tasks that compute, where taking the processor away took long: so many times as long as that, up to a limit. */
const SLICE_PER_POINT = 4;
const LONGEST_SLICE = 50;

/*
 * Turns end at calls where they can, and a task that holds a lock at all its calls would keep it from the others for ever.
 */

/** Each of so many ends at the first wake-up, as a scheduler of one processor would have it: the lock is free for the woken then. */
const TURNS_TO_WAKING = 8;

/**
 * One of so many ends some instructions behind a call, for those who spin, or come by and try. By chance: a count could go along with
 * what the tasks do.
 */
const TURNS_INSIDE = 6;
/** How many instructions behind the call at most, and behind how many calls that is tried where the next one comes before. */
const STEPS_INSIDE = 2048;
const TRIES_INSIDE = 4;

/** How long whom a call woke may take to be out of its own, microseconds. */
const WAKING = 50;

/** How often a running task is looked after while others wait, microseconds. */
const WATCH = 1000;

/** errno(3) of a wait for what is no child any more. */
const ECHILD = 10;
const SIGKILL = 9;
const SYS_FUTEX = 202;
const SYS_FUTEX_WAKE = 454;

/** After so long without a stop the guest is idle, microseconds. */
const IDLE = 50_000;

export interface SessionProgress {
  readonly events: number;
  readonly tasks: number;
  readonly bytes: number;
}

export interface SessionOptions {
  /** What the host cannot do. */
  readonly missing: readonly MissingAbility[];
  /** The one that the guest runs on. */
  readonly processor: number;
  readonly digestEvery?: number | undefined;
  readonly onProgress?: ((progress: SessionProgress) => void) | undefined;
}

export class RecordSession {
  /** The processor that the guest runs on. */
  readonly processor: number;
  readonly objects: ObjectStore;
  readonly tasks = new Map<number, GuestTask>();
  /** Stops of tasks that their parent's event has not introduced yet. */
  private readonly unclaimed = new Map<number, Stop>();
  /** Tracees of guest tracers that died, until their pid is used again. */
  readonly deadTracees = new Map<number, DeadTracee>();
  /** Deaths of tracees that are not their tracer's children, until it has heard of them. */
  readonly untoldDeaths = new Set<DeadTracee>();
  /** Tasks whose timers' signals wait: see pacing.ts. */
  readonly paced = new Set<GuestTask>();
  /** A task has opened what may be a task's memory. */
  opensMemory = false;
  /** What the SIGCHLD that portrace sent to a guest tracer's group says. */
  readonly childNotes = new Map<number, Uint8Array>();
  private readonly queue: GuestTask[] = [];
  private readonly stop = new Stop();
  private readonly finder: InstructionFinder;
  private current: GuestTask | undefined;
  private sliceStart = 0;
  private sliceOfComputing = SLICE;
  /** When something was last found out without a stop: milliseconds(). */
  private foundAt = 0;
  private taskCount = 0;
  private spaceCount = 0;
  private eventCount = 0;
  /** The process that the guest began as, and the wait status that its parent would get. */
  private firstPid = 0;
  private status = 0;
  private readonly digestPace: DigestPace;
  private readonly startedAt = milliseconds();
  private settling = false;
  private readonly missing: readonly MissingAbility[];
  private readonly tellProgress: ((progress: () => SessionProgress) => void) | undefined;

  constructor(
    readonly writer: TraceSink,
    { missing, processor, digestEvery, onProgress }: SessionOptions,
  ) {
    this.processor = processor;
    this.missing = missing;
    this.tellProgress = onProgress && nowAndThen(onProgress);
    this.digestPace = new DigestPace(digestEvery);
    this.finder = new InstructionFinder({ cpuid: missing.includes('processor number'), random: true, vsyscall: true });
    this.objects = new ObjectStore(writer, (object) => this.finder.contentChanges(object), { watches: this.takesPoints });
  }

  /** Whether this host lets the places of asynchronous events be taken exactly. */
  get takesPoints(): boolean {
    return !this.missing.includes('exact points');
  }

  /** Records the program that was spawned as `pid`, from its exec event on. Answers its wait status. */
  run(pid: number): number {
    const first = this.addTask(pid, pid, this.addSpace());
    this.firstPid = pid;
    first.tracee.wait(this.stop);
    startProgram(this, first, this.stop);
    while (this.tasks.size > 0) {
      const task = this.next();
      if (task) this.guard(task, () => this.advance(task));
      this.tellProgress?.(() => ({ events: this.eventCount, tasks: this.tasks.size, bytes: this.writer.bytesWritten }));
    }
    // A first thread that ended before the others is told of behind the last of them, with the status of its process.
    if (addon.wait(pid, IDLE, this.stop.block) > 0 && this.stop.kind === 'exited') this.status = this.stop.status;
    return this.status;
  }

  /** Gives up what it holds of the host. */
  close(): void {
    this.objects.close();
  }

  /** Ends the guest: its recording failed. */
  kill(): void {
    for (const task of this.tasks.values()) addon.killTask(task.group, task.tid, SIGKILL);
  }

  addSpace(copyOf?: GuestSpace): GuestSpace {
    const id = spaceId(++this.spaceCount);
    return copyOf ? copyOf.fork(id) : new GuestSpace(id, this.finder);
  }

  addTask(tid: number, group: number, space: GuestSpace, parent?: GuestTask): GuestTask {
    const task = new GuestTask(taskId(++this.taskCount), tid, group, space, parent);
    space.users++;
    this.tasks.set(tid, task);
    this.queue.push(task);
    return task;
  }

  /** Nanoseconds since the recording started: the time of an event that happens now, which is when the last thing was found out. */
  now(): Nanoseconds {
    return nanoseconds(Math.round((this.toldAt - this.startedAt) * 1e6));
  }

  /** When the last stop was told, or what needed none was found out. */
  private get toldAt(): number {
    return Math.max(this.stop.milliseconds, this.foundAt);
  }

  append(event: NewEvent): EventIndex {
    this.eventCount++;
    const written = outsideWrites(this);
    return this.writer.append(written.length === 0 ? event : { ...event, effects: [...written, ...event.effects] });
  }

  /** Takes a task's memory-tracking signals that an injected call held up, to be sent again. */
  resend(task: GuestTask, held: readonly Uint8Array[]): void {
    for (const siginfo of held) {
      const number = new DataView(siginfo.buffer, siginfo.byteOffset).getInt32(0, true);
      // One that was sent again before keeps the siginfo that it came with.
      if (!isOurs(siginfo)) task.stash.set(number, siginfo);
      addon.killTask(task.group, task.tid, number);
    }
  }

  /** The request that lets a task run its own instructions up to its next call. */
  requestFor(task: GuestTask): number {
    const { tracing, foresight } = task;
    if (!tracing) return foresight?.expectsAnswer ? Request.sysemu : Request.syscall;
    if (tracing.mode === 'sysemu') return Request.sysemu;
    if (tracing.mode === 'sysemu-step') return Request.sysemuSingleStep;
    // A step over a call would hide it.
    return tracing.mode === 'step' && !atSyscall(task) ? Request.singleStep : Request.syscall;
  }

  /**
   * Waits for the next stop of a task, putting stops of others aside. Gives up (undefined) when
   * `patience` says so, asked every millisecond.
   */
  waitFor(task: GuestTask, patience?: () => boolean): Stop | undefined {
    for (let rounds = 0; ; rounds++) {
      // A wait for this one costs half of what a wait for anybody does: the others are looked at when it is long.
      if (this.waitForOwn(task, patience ? WATCH : IDLE)) return this.stop;
      const got = this.waitAny(0);
      if (got === task.tid) return this.stop;
      if (got > 0) this.setAside(this.stop);
      if (task.pendingStop) {
        // It was set aside under another name.
        this.stop.block.set(task.pendingStop.block);
        task.pendingStop = undefined;
        return this.stop;
      }
      if (patience && !patience()) return undefined;
      // What is recorded so far is committed when it takes long.
      if (!patience && rounds === 0) this.writer.commit();
    }
  }

  private waitForOwn(task: GuestTask, microseconds: number): boolean {
    const got = addon.wait(task.tid, microseconds, this.stop.block);
    // The task may be known by another id by now: it was a thread that made an execve.
    if (got !== -ECHILD) return answered(got, task.tid, 'wait for the guest') > 0;
    const other = this.waitAny(WATCH);
    if (other > 0) this.setAside(this.stop);
    return false;
  }

  /** Lets a task go to its next stop while nobody else needs looking after: a call that cannot sleep. */
  runThroughCall(task: GuestTask): Stop {
    // A filter of the guest may want to stop a call that was made void, as one of no number.
    do task.resumeAndWait(Request.syscall, this.stop);
    while (this.stop.kind === 'event' && this.stop.event === StopEvent.seccomp && callNumber(this.stop.registers) < 0);
    return this.stop;
  }

  private waitAny(microseconds: number): number {
    return answered(addon.wait(-1, microseconds, this.stop.block), 0, 'wait for the guest');
  }

  /** Waits as long as it takes; what is recorded so far is committed when it takes long. */
  private waitLong(): number {
    const got = this.waitAny(IDLE);
    if (got > 0) return got;
    this.writer.commit();
    return this.waitAny(-1);
  }

  /** Waits until a task stops (true) or sleeps inside its call (false). */
  waitOrSleep(task: GuestTask): boolean {
    for (;;) {
      const got = answered(addon.waitOrSleep(task.tid, this.stop.block), task.tid, 'wait for the guest');
      if (got === 0) return false;
      if (this.stop.tid === task.tid) return true;
      this.setAside(this.stop);
    }
  }

  /**
   * Now and then, a digest of the memory that a task wrote, for those who verify memory: while nobody has done
   * more to it than the trace says.
   */
  memoryCheck(task: GuestTask, registers: Registers): ExactPoint | undefined {
    if (this.settling || !this.takesPoints || !this.digestPace.isDue(this.eventCount)) return undefined;
    if (this.hasUntoldReturns(task)) {
      this.digestPace.putOff(this.eventCount);
      return undefined;
    }
    const point = this.digestPace.take(this.eventCount, () => this.digest(task, registers));
    // A call that came to its end meanwhile may have written before memory was looked at.
    return point && this.hasUntoldReturns(task) ? undefined : point;
  }

  private digest(task: GuestTask, registers: Registers): ExactPoint | undefined {
    const first = !task.space.tracked;
    // A tracer would see that tracking began by a call in its tracee.
    if (first && task.tracing) return undefined;
    const runs = this.writtenPages(task);
    if (first) return undefined;
    const pages = mergeRuns([...runs]);
    return { pages, digest: digestMemory(task.tid, { pages, stackPointers: stackPointers(this, task, registers) }), words: [], immediate: false };
  }

  /** Whether another task is through with its call, or its life, and it is not its turn to tell. */
  private hasUntoldReturns(task: GuestTask): boolean {
    const others = [...this.tasks.values()].filter((other) => other !== task);
    for (const other of others) {
      // A look at one may have brought the stop of another.
      if (!other.pendingStop && other.state === 'in-call' && other.call && this.waitOrSleep(other)) this.setAside(this.stop);
      if (other.pendingStop && !hasWrittenElsewhere(other)) return true;
    }
    return others.some((other) => other.pendingStop && !hasWrittenElsewhere(other));
  }

  /**
   * Brings the calls of other tasks that have written memory already, and whose return waits for its
   * turn, into the trace: whoever is about to look at memory must see what the trace says of it. A task
   * that sleeps in its call has not written yet. The one for which this is done has run on since its last event,
   * and memory is ahead of the trace. `among` chooses the others. Answers whether there were any.
   */
  settle(task: GuestTask, among?: (other: GuestTask) => boolean): boolean {
    this.settling = true;
    try {
      const others = [...this.tasks.values()].filter((other) => other !== task && (among?.(other) ?? true));
      return others.map((other) => this.settleReturn(other)).includes(true);
    } finally {
      this.settling = false;
    }
  }

  private settleReturn(task: GuestTask): boolean {
    // What a diverted call wrote is nowhere yet that others look at.
    if (task.state !== 'in-call' || !task.call || task.call.diversion) return false;
    const irregular = IRREGULAR.get(task.call.number);
    if (irregular?.leave && !irregular.settles) return false;
    if (!task.pendingStop && this.waitOrSleep(task)) this.setAside(this.stop);
    const stop = task.pendingStop;
    if (stop?.kind !== 'syscall') return false;
    task.pendingStop = undefined;
    try {
      this.onStop(task, stop);
    } catch (error) {
      // It was killed meanwhile: its end follows, and takes what the call wrote along.
      if (!(error instanceof TaskGone) || error.tid !== task.tid) throw error;
    }
    return true;
  }

  /**
   * Pages that a task's address space may have seen written since they were last asked for. A caller
   * that throws the answer away begins anew: points need what was written since the last event only,
   * and the less they hold, the less of it is dead memory that no two runs leave alike.
   */
  writtenPages(task: GuestTask): Float64Array {
    const held: Uint8Array[] = [];
    const runs = task.space.written(task, held);
    this.resend(task, held);
    return runs;
  }

  get lastStop(): Stop {
    return this.stop;
  }

  /** Whether another task, one of those that `among` chooses, could use the processor now. */
  othersReady(task: GuestTask, among?: (other: GuestTask) => boolean): boolean {
    for (const other of this.tasks.values()) {
      if (other !== task && (other.state === 'ready' || other.pendingStop) && (among?.(other) ?? true)) return true;
    }
    return false;
  }

  /** The first stop of a task that clone made. */
  firstStop(tid: number): void {
    if (this.unclaimed.delete(tid)) return;
    answered(addon.wait(tid, -1, new Stop().block), tid, 'wait for a new task');
  }

  /** A task is ready again: its turn comes after those that waited longer. */
  makeReady(task: GuestTask): void {
    task.state = 'ready';
    this.enqueue(task);
  }

  enqueue(task: GuestTask): void {
    if (!this.queue.includes(task)) this.queue.push(task);
  }

  private setAside(stop: Stop): void {
    const task = this.tasks.get(stop.tid) ?? this.renamed(stop);
    if (!task) {
      if (stop.kind !== 'exited') this.unclaimed.set(stop.tid, stop.clone());
      else if (stop.tid === this.firstPid) this.status = stop.status;
      return;
    }
    task.pendingStop = stop.clone();
    this.enqueue(task);
  }

  /** A thread that execs takes the id of its group's first thread, which is dead by then. */
  private renamed(stop: Stop): GuestTask | undefined {
    if (stop.kind !== 'event' || stop.event !== StopEvent.exec) return undefined;
    const tracee = new Tracee(stop.tid);
    const task = this.tasks.get(tracee.eventMessage());
    if (!task) return undefined;
    this.tasks.delete(task.tid);
    task.tid = stop.tid;
    task.tracee = tracee;
    this.tasks.set(task.tid, task);
    return task;
  }

  private next(): GuestTask | undefined {
    const current = this.current;
    const runnable = (task: GuestTask): boolean =>
      task.state !== 'gone' && (task.pendingStop !== undefined || task.state === 'ready');
    if (current && runnable(current) && (!this.isOver(current) || this.beginsEndInside(current))) return current;
    if (current && runnable(current)) this.enqueue(current);
    for (let task = this.queue.shift(); task; task = this.queue.shift()) {
      if (!runnable(task)) continue;
      this.current = task;
      this.sliceStart = this.toldAt;
      task.computes = false;
      task.turns++;
      task.triesInside = 0;
      return task;
    }
    this.waitForAny();
    return undefined;
  }

  /** Whether a turn that is over ends some instructions later. */
  private beginsEndInside(task: GuestTask): boolean {
    if (!this.takesPoints || task.pendingStop || task.onward || task.deliver || task.tracing || task.foresight || task.restarts) return false;
    if (task.triesInside === 0) {
      if (Math.random() * TURNS_INSIDE >= 1) return false;
      task.stepsInside = STEPS_INSIDE;
    }
    task.endsInside = task.triesInside++ < TRIES_INSIDE;
    return task.endsInside;
  }

  /**
   * Takes the processor from a task some instructions behind the call that it has just made. Where it comes to another call before,
   * that is tried again behind that one, with no more instructions than there were.
   */
  private endInside(task: GuestTask): void {
    task.endsInside = false;
    const outcome = takePointBehind(this, task, 1 + Math.floor(Math.random() * task.stepsInside));
    if (typeof outcome === 'object') {
      this.takenFrom(task, outcome);
    } else {
      task.stepsInside = outcome;
      this.runOn(task, this.requestFor(task));
    }
  }

  private isSliceOver(task: GuestTask, now: number): boolean {
    const taken = now - this.sliceStart;
    return taken >= this.sliceOfComputing || (taken >= SLICE && this.othersReady(task, ({ computes }) => !computes));
  }

  /** Whether the turn of a task that could go on is over. */
  private isOver(task: GuestTask): boolean {
    if (!this.isSliceOver(task, this.toldAt) && (task.turns % TURNS_TO_WAKING !== 0 || !this.hasWoken(task))) return false;
    return this.othersReady(task);
  }

  /** Whether the task's last call woke others. The first of them that comes out of its call meanwhile is put aside. */
  private hasWoken(task: GuestTask): boolean {
    if (!wakesOthers(task.last)) return false;
    if (!this.othersReady(task) && this.waitAny(WAKING) > 0) this.setAside(this.stop);
    return true;
  }

  /** Nobody can run: waits for a stop, and looks after tasks in emulated waits. */
  private waitForAny(): void {
    const someWait = sendDueSignals(this);
    const waiters = someWait || this.waitersExist();
    const got = waiters ? this.waitAny(WATCH) : this.waitLong();
    if (got > 0) this.setAside(this.stop);
    if (waiters) this.wakeSignalled();
  }

  private waitersExist(): boolean {
    for (const task of this.tasks.values()) if (task.state === 'waiting') return true;
    return false;
  }

  /** Makes tasks ready whose emulated wait a signal interrupts. Answers whether there was one. */
  private wakeSignalled(): boolean {
    let woken = false;
    for (const task of this.tasks.values()) {
      if (task.state !== 'waiting') continue;
      const { pending, blocked } = signalMasks(task.tid);
      const reaches = pending & ~blocked;
      if (reaches === 0n || (isTimersOnly(reaches) && task.pacing.makesWait())) continue;
      this.foundAt = milliseconds();
      leaveAfterRestart(this, task);
      this.makeReady(task);
      woken = true;
    }
    return woken;
  }

  private guard(task: GuestTask, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof TaskGone)) throw error;
      const gone = this.tasks.get(error.tid) ?? task;
      if (gone.pendingStop) return;
      const looked = addon.wait(gone.tid, 0, this.stop.block);
      if (looked > 0) {
        this.onStop(gone, this.stop);
        return;
      }
      if (looked === -ECHILD) {
        // The stop of a thread that executes a program comes by another id.
        if (gone.call && !gone.call.executed && IRREGULAR.get(gone.call.number) === execveCall) return;
        // Nobody has anything to tell of it any more.
        this.onExited(gone, SIGKILL);
        return;
      }
      const stop = this.waitFor(gone);
      if (stop) this.onStop(gone, stop);
    }
  }

  /** Handles a stop that waited for its turn, or lets the task run to its next one. */
  private advance(task: GuestTask): void {
    const pending = task.pendingStop;
    if (pending) {
      task.pendingStop = undefined;
      this.onStop(task, pending);
      return;
    }
    if (task.onward) {
      const { onward } = task;
      task.onward = undefined;
      onward();
      return;
    }
    if (task.deliver) {
      deliverChosen(this, task);
      return;
    }
    if (task.tracing?.interrupted) {
      stopInterrupted(this, task);
      return;
    }
    sendDueSignals(this);
    const request = this.requestFor(task);
    // Behind a system call the registers tell what a signal needs to know: see signals.ts.
    if (task.last.int32(Reg.orig_rax) < 0) task.pendingAtResume = pendingSignals(task.tid);
    task.blockedAtResume = blockedTraps(task);
    if (task.insideVoidCall && !this.leaveVoidCall(task, request)) return;
    if (task.endsInside) this.endInside(task);
    else this.runOn(task, request);
  }

  /** Lets a task run to its next stop, or until others must have their turn. */
  private runOn(task: GuestTask, request: number): void {
    task.resume(request);
    const stop = this.waitFor(task, this.watchful(task));
    if (stop) this.onStop(task, stop);
    else this.preempt(task);
  }

  /**
   * A task stands at the entry of a call that SYSEMU made void. Resumed by PTRACE_SYSCALL it would
   * report that call's exit, of which its guest tracer must not hear. False: something else came.
   */
  private leaveVoidCall(task: GuestTask, request: number): boolean {
    task.insideVoidCall = false;
    if (request !== Request.syscall) return true;
    const stop = this.runThroughCall(task);
    if (stop.kind === 'syscall') return true;
    this.onStop(task, stop);
    return false;
  }

  /** Undefined where nobody else could want the processor; else: may the task go on? */
  private watchful(task: GuestTask): (() => boolean) | undefined {
    if (this.tasks.size === 1 && !task.pacing.hasWaiting) return undefined;
    return () => {
      sendDueSignals(this);
      if (this.wakeSignalled()) return false;
      return !this.isSliceOver(task, milliseconds()) || !this.othersReady(task);
    };
  }

  /** Takes the processor from a task that makes no call, at an exact point. */
  private preempt(task: GuestTask): void {
    task.tracee.interrupt();
    const stop = this.waitFor(task)!;
    if (stop.kind !== 'event' || stop.event !== StopEvent.stop) {
      this.onStop(task, stop);
      return;
    }
    if (hasNotStarted(task, stop.registers)) return;
    if (isFaultPending(task.tid)) {
      // It has run on since its last event: the fault is told before anybody else's turn, who might see what was written.
      this.runOn(task, this.requestFor(task));
      return;
    }
    const began = milliseconds();
    const outcome = takePoint(this, task);
    this.sliceOfComputing = Math.min(LONGEST_SLICE, Math.max(SLICE, (milliseconds() - began) * SLICE_PER_POINT));
    task.computes = true;
    this.takenFrom(task, outcome);
  }

  /** The processor is taken from a task at a point, where it came to one. */
  private takenFrom(task: GuestTask, outcome: PointOutcome): void {
    if (outcome.type === 'stop') {
      this.onStop(task, outcome.stop);
      return;
    }
    this.append({
      task: task.id,
      kind: 'preempt',
      time: this.now(),
      registers: outcome.registers,
      point: outcome.point,
      inputs: [],
      effects: [],
    });
    task.last.copyFrom(outcome.registers);
    this.enqueue(task);
    this.current = undefined;
  }

  onStop(task: GuestTask, stop: Stop): void {
    switch (stop.kind) {
      case 'exited':
        this.onExited(task, stop.status);
        return;
      case 'syscall':
        if (task.call) leaveCall(this, task, stop);
        else enterCall(this, task, stop);
        return;
      case 'signal':
        if (task.call) leaveAfterRestart(this, task);
        onSignalStop(this, task, stop);
        return;
      case 'event':
        this.onEvent(task, stop);
    }
  }

  private onEvent(task: GuestTask, stop: Stop): void {
    switch (stop.event) {
      case StopEvent.fork:
      case StopEvent.vfork:
      case StopEvent.clone:
        onForkEvent(this, task);
        return;
      case StopEvent.exec:
        onExecEvent(this, task);
        return;
      case StopEvent.exit:
        this.onExitEvent(task);
        return;
      case StopEvent.seccomp:
        filterCall(this, task);
        return;
      case StopEvent.stop:
        this.onGroupStop(task, stop);
        return;
      default:
        task.resume(Request.syscall);
    }
  }

  /** A group stop (job control) or its end, or the echo of an interrupt that another stop overtook. */
  private onGroupStop(task: GuestTask, stop: Stop): void {
    if (stop.signal !== Signal.SIGTRAP) {
      if (task.tracing) stopWithGroup(this, task, stop.signal);
      else this.listen(task);
    } else if (task.state === 'listening') {
      if (task.tracing?.seized) stopWithGroup(this, task, Signal.SIGTRAP);
      else this.makeReady(task);
    } else if (task.call) {
      task.resume(Request.syscall);
    }
  }

  /** Leaves a task in its group stop, whose end will be a stop. */
  listen(task: GuestTask): void {
    task.state = 'listening';
    task.resume(Request.listen);
  }

  /** Makes a task come out of the call that it sleeps in, unless only its death could. */
  interruptCall(task: GuestTask): void {
    task.tracee.interrupt();
    if (this.waitOrSleep(task)) this.setAside(this.stop);
  }

  private onExitEvent(task: GuestTask): void {
    const status = task.tracee.eventMessage();
    const { tracing } = task;
    if (tracing?.wants('exit') && (status & 0x7f) !== SIGKILL) {
      tracing.stopWithEvent(StopEvent.exit, status);
      hold(this, task, () => this.letDie(task, status));
    } else {
      this.letDie(task, status);
    }
  }

  /** The task is let go and its end awaited, so that what the kernel writes then is in order. */
  private letDie(task: GuestTask, status: number): void {
    task.ownerDied = ownerDiedEffects(task);
    task.resume(Request.cont);
    if (!this.waitOrSleep(task)) {
      this.onExited(task, status);
    } else if (this.stop.kind === 'exited') {
      this.onExited(task, this.stop.status);
    } else {
      // Another thread's execve took over this task's id; the stop is that one's.
      this.tasks.delete(task.tid);
      this.setAside(this.stop);
      this.onExited(task, status);
    }
  }

  private onExited(task: GuestTask, status: number): void {
    if (task.state === 'gone') {
      this.tasks.delete(task.tid);
      return;
    }
    noteAbandoned(this, task);
    task.call?.diversion?.end();
    task.toBeRestarted?.end();
    task.state = 'gone';
    task.exitStatus = status;
    // Whichever thread has this id now: one that executes a program takes it over.
    if (task.tid === this.firstPid) this.status = status;
    if (this.tasks.get(task.tid) === task) this.tasks.delete(task.tid);
    const space = task.space;
    space.users--;
    this.append({
      task: task.id,
      kind: 'exit',
      time: this.now(),
      exit: { status },
      inputs: [],
      effects: this.exitEffects(task),
    });
    if (space.users === 0) space.close();
    if (task.tracing) noteDeath(this, task, task.tracing.tracer);
    releaseTracees(this, task);
    for (const other of this.tasks.values()) {
      if (other.parent === task && task.parent) other.parent = task.parent;
      if (other.state === 'waiting') retryWait(this, other);
    }
  }

  /** What a task's end leaves in memory that others may see. */
  private exitEffects(task: GuestTask): Effect[] {
    for (const survivor of this.survivorsOf(task)) {
      try {
        return [...task.ownerDied, ...this.leftTo(survivor, task)];
      } catch (error) {
        // The last thread that ends lets an execve go on, which takes the memory along, and the id that the thread was known by.
        if (!(error instanceof TaskGone) || error.tid !== survivor.tid) throw error;
      }
    }
    return [...task.ownerDied];
  }

  private leftTo(survivor: GuestTask, task: GuestTask): Effect[] {
    const effects = abandonedCallEffects(task, survivor);
    // CLONE_CHILD_CLEARTID: the kernel writes zero.
    const word = task.clearTidAddress === 0 ? undefined : survivor.tracee.read(task.clearTidAddress, 4);
    if (word?.length === 4) effects.push(this.memoryEffect(task.space.id, task.clearTidAddress, word));
    return effects;
  }

  private survivorsOf(task: GuestTask): GuestTask[] {
    return [...this.tasks.values()].filter(
      (other) => other.space === task.space && other.state !== 'gone' && other.pendingStop?.event !== StopEvent.exec,
    );
  }

  /** Finds a live task by the pid that the guest knows. */
  taskByPid(pid: number): GuestTask | undefined {
    return this.tasks.get(pid);
  }

  /** Whom a call of a task means by a pid, where 0 is itself (sched_setaffinity(2) and its like). */
  taskNamed(task: GuestTask, pid: number): GuestTask | undefined {
    return pid === 0 ? task : this.taskByPid(pid);
  }

  memoryEffect(space: SpaceId, at: number, bytes: Uint8Array): Effect {
    return { type: 'memory', space, address: at as never, bytes };
  }

  registersEffect(task: GuestTask, registers: Registers): Effect {
    return { type: 'registers', task: task.id, registers: registers.clone() };
  }
}

/** Whether a task that is to tell of its call's return has changed nothing so far that others look at. */
const hasWrittenElsewhere = ({ call, pendingStop }: GuestTask): boolean => call?.diversion !== undefined && pendingStop?.kind === 'syscall';

/** Whether a call was a futex call that woke somebody: its registers at the return. */
const wakesOthers = (registers: Registers): boolean => {
  const number = callNumber(registers);
  return (number === SYS_FUTEX || number === SYS_FUTEX_WAKE) && registers.int32(Reg.rax) > 0;
};

/** Whether the task's next instruction is a system call. */
const atSyscall = (task: GuestTask): boolean => isSyscallSite(task.tracee, task.last.number(Reg.rip));

/** The system call number that a stop shows. */
export const callNumber = (registers: Registers): number => registers.int32(Reg.orig_rax);

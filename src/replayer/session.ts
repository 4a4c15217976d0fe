/**
 * The replay loop: for each event of the trace, its task is brought to the arrival, its registers are
 * compared, and the effects are put back. Nothing that the guest asks for reaches the host. The addon
 * does so for most events (`plan.ts`); what is here is for the others, and for those that differ.
 */
import { addon, answered, bringToStart, endTask, FollowStage, InstructionFinder, Request, spawnProgram, Stop, SyscallSites, TaskGone, TraceOption } from '../tracee/index.js';
import { Reg, Registers } from '../base/registers.js';
import type { ObjectId, SpaceId, TaskId } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { STREAM_OBJECTS, type Effect, type MemoryObject, type SpaceBirth, type TaskBirth, type TraceEvent } from '../trace/events.js';
import type { TraceReader } from '../trace/index.js';
import type { Batch, PlannedEvent } from './batches.js';
import { writeDescriptorTable, writesDescriptorTable } from './descriptor-tables.js';
import { Diverged } from './divergence.js';
import { describeStop, differences, expectedStop, wasStepped } from './arrival.js';
import { instructionsOf } from './instructions.js';
import { applyMapping, clearSpace, keepStandIns, removeStub, trapInstructions, withText } from './mappings.js';
import { writtenParts } from '../syscalls/index.js';
import { factsHold, isPointed, nextRecord, patienceOf } from './plan.js';
import { EventsInTrace, PlannedEvents } from './planned-events.js';
import { compareDigest, reachPoint } from './points.js';
import { StandIns } from './stand-ins.js';
import { createStub, STUB_SITE } from './stub-image.js';
import { ReplaySpace, ReplayTask } from './task.js';

const SYS_CLONE = 56;
const SYS_EXECVE = 59;

/** linux/sched.h */
const CLONE_VM = 0x100;
const CLONE_FILES = 0x400;
const CLONE_PARENT = 0x8000;

/** Events that the addon follows before it comes back to tell how far it is. */
const EVENTS_AT_ONCE = 64;

const OPTIONS = TraceOption.sysgood | TraceOption.fork | TraceOption.vfork | TraceOption.clone | TraceOption.exitKill;

/** Digests in traces of before this version count what XSAVEC left in memory (src/tracee/digest.ts). */
const FIRST_WITHOUT_SAVED_STATE = 5;

export class ReplaySession {
  private readonly tasks = new Map<TaskId, ReplayTask>();
  private readonly spaces = new Map<SpaceId, ReplaySpace>();
  private readonly standIns: StandIns;
  private readonly streams: ReadonlySet<ObjectId>;
  private readonly stub = createStub();
  private readonly stop = new Stop();
  private readonly follower = new addon.Follower();
  /** Offset, events, stage and code, as the follower tells them. */
  private readonly followed = new Float64Array(4);
  private readonly inTrace: EventsInTrace;
  /** Tasks that are new or have another address space, of which the follower is not told yet. */
  private readonly changed = new Set<ReplayTask>();
  private readonly finder: InstructionFinder;
  private readonly sites = new SyscallSites();
  private readonly savedState: boolean;
  private current = 0;

  constructor(
    reader: TraceReader,
    private readonly compareMemory: boolean,
    private readonly onOutput?: (stream: 1 | 2, bytes: Uint8Array) => void,
  ) {
    this.finder = new InstructionFinder(instructionsOf(reader));
    this.savedState = reader.formatVersion < FIRST_WITHOUT_SAVED_STATE;
    const objects = reader.objects();
    this.streams = new Set(objects.filter(isStream).map(({ id }) => id));
    this.standIns = new StandIns(objects, (object) => this.finder.contentChanges(object));
    this.inTrace = new EventsInTrace(reader);
  }

  /** Index of the event that the guest was to go through last. */
  get position(): number {
    return this.current;
  }

  /**
   * Brings the guest through events and tells of each. Throws `Diverged` where it does not follow:
   * `position` is the event then.
   */
  follow(batch: Batch, onEvent?: (index: number) => void): void {
    try {
      this.followBatch(batch, onEvent ?? ((): void => {}));
    } catch (error) {
      if (error instanceof TaskGone) throw new Diverged('the task died', []);
      throw error;
    }
  }

  private followBatch({ first, count, plan, others }: Batch, onEvent: (index: number) => void): void {
    const { followed } = this;
    const view = new DataView(plan.buffer);
    const known = new PlannedEvents(others, this.inTrace);
    const end = first + count;
    let offset = 0;
    for (let index = first; index < end; ) {
      this.follower.follow(plan, offset, EVENTS_AT_ONCE, this.stop.block, followed);
      offset = followed[0]!;
      const stage = followed[2]!;
      const next = index + followed[1]!;
      if (next === index && stage === FollowStage.end) throw new Error('a plan is shorter than its events');
      for (; index < next; index++) onEvent(index);
      this.current = stage === FollowStage.reported ? next - 1 : Math.min(next, end - 1);
      if (stage === FollowStage.end) continue;
      if (stage === FollowStage.reported) {
        this.report(known.at(next - 1).event);
        continue;
      }
      this.finish(known.at(next), stage, patienceOf(view, offset));
      onEvent(next);
      index++;
      offset = nextRecord(view, offset);
    }
  }

  /** Does the rest of an event that the addon did in part or not at all. */
  private finish(planned: PlannedEvent, stage: number, patience: number): void {
    const { event } = planned;
    if (stage === FollowStage.untouched) this.arrive(event, patience);
    else if (stage === FollowStage.stopped) this.arrived(this.task(event.task), event, this.followed[3]!);
    this.apply(planned);
    this.tellFollower();
  }

  /** Ends all tasks and gives the stand-ins up. */
  close(): void {
    for (const task of this.tasks.values()) endTask(task.tracee.tid, this.stop);
    this.tasks.clear();
    this.standIns.close();
  }

  private task(id: TaskId): ReplayTask {
    const task = this.tasks.get(id);
    if (!task) throw new Trouble('trace', `damaged trace: an event of task ${id}, which does not exist then`);
    return task;
  }

  private arrive(event: TraceEvent, patience: number): void {
    if (!event.registers) return;
    const task = this.task(event.task);
    if (isPointed(event)) {
      const sought = { expected: event.registers, point: event.point!, otherStacks: this.otherStacks(task), savedState: this.savedState };
      reachPoint(task, sought, this.stop);
      task.registers.copyFrom(event.registers);
      return;
    }
    const request = wasStepped(event, event.registers) ? Request.sysemuSingleStep : Request.sysemu;
    task.tracee.resume(request);
    this.arrived(task, event, addon.wait(task.tracee.tid, patience, this.stop.block));
  }

  /**
   * Compares the task's stop with the arrival. `waited` is what the wait for it answered: a task may
   * run to its stop, but not for ever, as a guest that is lost may never stop.
   */
  private arrived(task: ReplayTask, event: TraceEvent, waited: number): void {
    const expected = event.registers!;
    if (answered(waited, task.tracee.tid, 'run a task') === 0) {
      task.tracee.interrupt();
      task.tracee.wait(this.stop);
      throw new Diverged('the task did not come to its next event', differences(expected, this.stop.registers, false));
    }
    this.compareArrival(event, expected);
    if (!factsHold(event.syscall, expected)) {
      throw new Trouble('trace', `damaged trace: event ${event.index}: its call is not the one in its registers`);
    }
    task.registers.copyFrom(expected);
    this.compareInputs(task, event);
  }

  private otherStacks(task: ReplayTask): number[] {
    const others = [...this.tasks.values()].filter((other) => other !== task && other.space === task.space);
    return others.map((other) => other.registers.number(Reg.rsp));
  }

  /** The kind of stop, its signal, and every register. */
  private compareArrival(event: TraceEvent, expected: Registers): void {
    const { stop } = this;
    const wanted = expectedStop(event);
    const found = describeStop(stop);
    const isCall = wanted === 'system call';
    if (found !== wanted) {
      throw new Diverged(`the task came to another stop`, [{ what: 'stop', expected: wanted, actual: found }, ...(stop.kind === 'exited' ? [] : differences(expected, stop.registers, false))], stop.registers.clone());
    }
    const differing = differences(expected, stop.registers, isCall);
    if (differing.length === 0) return;
    throw new Diverged('the registers differ', differing, stop.registers.clone());
  }

  /** What the call reads must be what it read. */
  private compareInputs(task: ReplayTask, event: TraceEvent): void {
    for (const { argument, address, bytes } of event.inputs) {
      const actual = task.tracee.read(address, bytes.length);
      if (Buffer.compare(actual, bytes) === 0) continue;
      const at = firstDifference(bytes, actual);
      throw new Diverged('the call reads other memory', [
        {
          what: `argument ${argument}, byte ${at} of ${bytes.length} at 0x${address.toString(16)}`,
          expected: hex(bytes.subarray(at, at + 16)),
          actual: hex(actual.subarray(at, at + 16)),
        },
      ]);
    }
  }

  private apply({ event, contents }: PlannedEvent): void {
    if (event.kind === 'exit') {
      this.exit(event);
      return;
    }
    if (contents instanceof Trouble) throw contents;
    for (const content of contents) this.standIns.fill(content);
    if (event.syscall?.result !== undefined) {
      const { registers } = this.tasks.get(event.task) ?? { registers: new Registers() };
      registers.setLong(Reg.rax, BigInt.asUintN(64, event.syscall.result));
    }
    for (const effect of event.effects) this.applyEffect(event, effect);
    const task = this.task(event.task);
    if (writesDescriptorTable(event.syscall)) writeDescriptorTable(task, event.syscall!);
    removeStub(task);
    trapInstructions(task, this.standIns);
    if (event.syscall?.result !== undefined || event.effects.length > 0) this.putRegisters(task);
    this.report(event);
    if (this.compareMemory && event.point && event.syscall) {
      const stackPointers = [task.registers.number(Reg.rsp), ...this.otherStacks(task)];
      compareDigest(task, event.point, { stackPointers, savedState: this.savedState });
    }
  }

  /** What the call wrote to a standard stream, as it is in the guest's memory, or moved there. */
  private report({ task, syscall, effects }: TraceEvent): void {
    if (!this.onOutput || !syscall?.stream) return;
    const { tracee } = this.task(task);
    for (const effect of effects) if (effect.type === 'object' && this.streams.has(effect.object)) this.onOutput(syscall.stream, effect.bytes);
    for (const part of writtenParts(syscall, (at, length) => tracee.read(at, length))) this.onOutput(syscall.stream, part);
  }

  private putRegisters(task: ReplayTask): void {
    const registers = task.registers.clone();
    registers.setNumber(Reg.orig_rax, -1);
    task.tracee.setRegisters(registers);
  }

  private applyEffect(event: TraceEvent, effect: Effect): void {
    switch (effect.type) {
      case 'memory':
        this.taskIn(effect.space, event.task).write(effect.address, effect.bytes);
        return;
      case 'object':
        this.standIns.write(effect);
        return;
      case 'registers': {
        const task = this.task(effect.task);
        task.registers.copyFrom(effect.registers);
        if (effect.task !== event.task) this.putRegisters(task);
        return;
      }
      case 'xstate':
        this.task(effect.task).tracee.setXstate(effect.bytes);
        return;
      case 'debug registers':
        this.task(effect.task).watch(effect);
        return;
      case 'mapping':
        applyMapping(this.taskIn(effect.space, event.task), effect, this.standIns);
        return;
      case 'task':
        this.beginTask(effect);
        return;
      case 'space':
        this.beginSpace(effect);
    }
  }

  /** A live task of an address space, the event's own where it lives there. */
  private taskIn(space: SpaceId, preferred: TaskId): ReplayTask {
    const own = this.tasks.get(preferred);
    if (own?.space.id === space) return own;
    for (const task of this.tasks.values()) if (task.space.id === space) return task;
    throw new Trouble('trace', `damaged trace: an effect on address space ${space}, in which no task lives then`);
  }

  private beginSpace({ space: id, task: owner }: SpaceBirth): void {
    const space = new ReplaySpace(id, this.finder, this.sites);
    this.spaces.set(id, space);
    if (owner === undefined) return;
    const task = this.task(owner);
    const path = `/proc/${process.pid}/fd/${this.stub}`;
    const old = task.space;
    if (old.users > 1) this.execBesideOthers(task, path);
    else withTextForExec(task, path);
    old.users--;
    this.inhabit(task, space);
    task.leavesDebugRegisters = false;
    keepStandIns(task);
    clearSpace(task);
  }

  /** The string that execve reads lies in memory that others share: it is put back by one of them. */
  private execBesideOthers(task: ReplayTask, path: string): void {
    const other = [...this.tasks.values()].find((each) => each !== task && each.space === task.space)!;
    const site = task.space.syscallSite(task.tracee);
    withText(other, path, (at) => {
      const held: Uint8Array[] = [];
      answered(task.tracee.call(site, SYS_EXECVE, [at, 0, 0], held), task.tracee.tid, 'execute the replay stub');
    });
  }

  private inhabit(task: ReplayTask, space: ReplaySpace): void {
    task.space = space;
    space.users++;
    space.site = STUB_SITE;
    space.hasStub = true;
    this.changed.add(task);
  }

  /**
   * Lets the addon follow tasks that are new or have another address space. One whose space still has
   * the stub's page is left to `apply`, which removes that.
   */
  private tellFollower(): void {
    for (const task of this.changed) {
      const { id, tracee, space, registers } = task;
      if (this.tasks.get(id) === task && !space.hasStub) this.follower.keep(id, tracee.tid, space.id, registers.bytes);
      else this.follower.forget(id);
    }
    this.changed.clear();
  }

  private beginTask(birth: TaskBirth): void {
    const space = this.spaces.get(birth.space);
    if (!space) throw new Trouble('trace', `damaged trace: task ${birth.task} in an address space that does not exist`);
    if (birth.parent === undefined) {
      const task = new ReplayTask(birth.task, this.spawnStub(), space, new Map());
      this.tasks.set(birth.task, task);
      this.inhabit(task, space);
      clearSpace(task);
      return;
    }
    const parent = this.task(birth.parent);
    const shared = birth.flags & CLONE_VM;
    const tid = parent.must('clone', SYS_CLONE, [shared | CLONE_FILES | CLONE_PARENT, 0, 0, 0, 0]);
    const task = new ReplayTask(birth.task, tid, space, parent.open);
    task.tracee.wait(new Stop());
    if (!shared) {
      space.site = parent.space.site;
      space.traps = parent.space.traps.fork();
    }
    space.users++;
    this.tasks.set(birth.task, task);
    this.changed.add(task);
  }

  private spawnStub(): number {
    const pid = spawnProgram({
      file: '',
      imageDescriptor: this.stub,
      arguments: ['portrace-replay'],
      environment: [],
      options: OPTIONS | TraceOption.exec,
      descriptors: -1,
      newSession: true,
    });
    answered(pid, 0, 'trace the replayed guest');
    if (!bringToStart(pid, OPTIONS, this.stop)) throw new Trouble('host', 'the replay stub did not start');
    return pid;
  }

  /** What the kernel wrote for others to see, by way of the task where nobody else has its memory; then its end. */
  private exit(event: TraceEvent): void {
    const task = this.task(event.task);
    for (const effect of event.effects) this.applyEffect(event, effect);
    this.tasks.delete(event.task);
    this.follower.forget(event.task);
    endTask(task.tracee.tid, this.stop);
    task.space.users--;
  }
}

function withTextForExec(task: ReplayTask, path: string): void {
  const site = task.space.syscallSite(task.tracee);
  const held: Uint8Array[] = [];
  let result = 0;
  try {
    withText(task, path, (at) => {
      result = task.tracee.call(site, SYS_EXECVE, [at, 0, 0], held);
    });
  } catch (error) {
    // The memory that the string was lent from went with the old program.
    if (error instanceof TaskGone || result < 0) throw error;
  }
  answered(result, task.tracee.tid, 'execute the replay stub');
}

/** Whether an object stands for a standard stream. */
const isStream = ({ path, inode }: MemoryObject): boolean => inode === 0 && Object.values(STREAM_OBJECTS).includes(path);

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex') || '(nothing readable)';


/**
 * Runs another build of the recorded guest against its trace. The new program is started for real and
 * runs its own instructions; what it asks of the host must be what was asked then, and is answered from
 * the trace. Calls that concern nothing but its own address space and signal handling are really made,
 * since its addresses are its own.
 */
import type { EventIndex, ObjectId, TaskId } from '../../base/brands.js';
import { Trouble } from '../../base/errors.js';
import { ARGUMENT_REGISTERS, Reg, Registers } from '../../base/registers.js';
import { captureInputs, rowOf } from '../../syscalls/index.js';
import type { EventKind, SyscallFacts, TraceEvent } from '../../trace/events.js';
import { givenNumber, memoryAfter, type TraceReader } from '../../trace/index.js';
import { addon, answered, bringToStart, endTask, hideVdso, InstructionFinder, putNumber, randomBytesAddress, Request, Signal, spawnProgram, Stop, SyscallSites, TraceOption } from '../../tracee/index.js';
import { describeStop } from '../arrival.js';
import { Diverged } from '../divergence.js';
import { processorTimeOf } from '../processor-time.js';
import { instructionsOf } from '../instructions.js';
import { trapInstructions } from '../mappings.js';
import { StandIns } from '../stand-ins.js';
import { ReplaySpace } from '../task.js';
import { answerCall, beginChild } from './answers.js';
import { askedFor } from './asked.js';
import { ClockReads } from './clock-reads.js';
import { latitudeOf, type OwnFile } from './own-files.js';
import type { Entry } from './places.js';
import { comeFurther, deliver, deliverWaiting, rewind, runWithTicks, SYS_RT_SIGRETURN } from './signals.js';
import { RebuildTask } from './task.js';
import { leaveStop } from './tracing.js';
import { unsupported } from './unsupported.js';

const OPTIONS = TraceOption.sysgood | TraceOption.fork | TraceOption.vfork | TraceOption.clone | TraceOption.exitKill;

/** So long another build may compute between two calls, microseconds. */
const PATIENCE = 60_000_000;

/** Microseconds between two looks at how much of the processor a task has had. */
const LOOK_EVERY = 2000;

export interface RebuildOptions {
  /** The new program. */
  readonly exe: string;
  readonly onOutput?: ((stream: 1 | 2, bytes: Uint8Array) => void) | undefined;
}

export class RebuildSession {
  readonly tasks = new Map<TaskId, RebuildTask>();
  readonly standIns: StandIns;
  readonly stop = new Stop();
  readonly finder: InstructionFinder;
  readonly sites = new SyscallSites();
  readonly clocks: ClockReads;
  private readonly ownObjects = new Set<ObjectId>();
  /** Asynchronous signals that came at another place than the recorded one, and such that came once more. */
  movedSignals = 0;
  extraSignals = 0;
  /** How long after the event before it the recorder saw this one, microseconds. */
  recordedGap = 0;
  private lastTime = 0;

  constructor(
    readonly reader: TraceReader,
    readonly options: RebuildOptions,
  ) {
    this.finder = new InstructionFinder(instructionsOf(reader));
    this.clocks = new ClockReads(reader);
    this.standIns = new StandIns(reader.objects(), (object) => this.finder.contentChanges(object));
  }

  /** Brings the guest through one event. Throws `Diverged` where it does otherwise. */
  follow(event: TraceEvent): void {
    this.recordedGap = (event.time - this.lastTime) / 1000;
    this.lastTime = event.time;
    for (const content of this.reader.contents(event.index)) if (!this.ownObjects.has(content.object)) this.standIns.fill(content);
    FOLLOW[event.kind](this, event);
  }

  /** Ends all tasks and gives the stand-ins up. */
  close(): void {
    for (const task of this.tasks.values()) endTask(task.tracee.tid, this.stop);
    this.tasks.clear();
    this.standIns.close();
  }

  task(id: TaskId): RebuildTask {
    const task = this.tasks.get(id);
    if (!task) throw new Trouble('trace', `damaged trace: an event of task ${id}, which does not exist then`);
    return task;
  }

  /** The live task that the guest knows by this pid. */
  taskByPid(pid: number): RebuildTask | undefined {
    for (const task of this.tasks.values()) if (task.pid === pid) return task;
    return undefined;
  }

  /** A nameless file becomes the guest's own memory: from now on it holds what the new build puts there. */
  takeOver(file: OwnFile, object: ObjectId): void {
    file.object = object;
    this.ownObjects.add(object);
    for (const { at, bytes } of file.written.splice(0)) this.standIns.put(object, at, bytes);
  }

  /** Lets a task run to its next stop. */
  run(task: RebuildTask, request: number = Request.sysemu): Stop {
    this.resume(task, request);
    if (this.hasStopped(task, PATIENCE)) return this.stop;
    throw lost();
  }

  /**
   * Lets a task run to its next stop, which it is brought to where it has not come to one after so many
   * microseconds of processor time: a busy machine makes no difference.
   */
  runFor(task: RebuildTask, processorTime: number): Stop {
    const { stop } = this;
    const { tid } = task.tracee;
    const end = processorTimeOf(tid) + processorTime;
    this.resume(task, Request.sysemu);
    while (!this.hasStopped(task, LOOK_EVERY)) {
      if (processorTimeOf(tid) < end) continue;
      task.tracee.interrupt();
      task.tracee.wait(stop);
      break;
    }
    return stop;
  }

  /** Where the task came to a call that is not answered yet, it is put before that. */
  private resume(task: RebuildTask, request: number): void {
    if (task.ahead) rewind(task, task.ahead.args);
    task.ahead = undefined;
    task.tracee.resume(request);
  }

  private hasStopped(task: RebuildTask, microseconds: number): boolean {
    const { tid } = task.tracee;
    return answered(addon.wait(tid, microseconds, this.stop.block), tid, 'run a task') !== 0;
  }

  /** Starts the new program as the recorded one was started. */
  start(event: TraceEvent): void {
    const { session } = this.reader;
    const { exe } = this.options;
    const pid = spawnProgram({
      file: exe,
      imageDescriptor: -1,
      arguments: session.arguments,
      environment: [...session.environment.filter((entry) => !entry.startsWith('LD_BIND_NOW=')), 'LD_BIND_NOW=1'],
      options: OPTIONS | TraceOption.exec,
      descriptors: -1,
      newSession: true,
    });
    if (pid < 0) throw new Trouble('guest-not-executable', `${exe} cannot be started: errno ${-pid}`);
    if (!bringToStart(pid, OPTIONS, this.stop)) throw new Trouble('guest-not-executable', `${exe} did not start`);
    const space = new ReplaySpace(1 as never, this.finder, this.sites);
    space.users = 1;
    const task = new RebuildTask(event.task, pid, space, new Map(), 0, new Map());
    this.tasks.set(event.task, task);
    hideVdso(task.tracee);
    giveRandomBytes(task, event);
    space.traps.noteProgram(pid);
    trapInstructions(task, this.standIns);
  }

  /**
   * The task must come to the recorded call. Answers what was asked then and now; undefined where that
   * was to look at the time, and the new build goes on without.
   */
  arriveAtCall(task: RebuildTask, event: TraceEvent): Call | undefined {
    const recorded: Entry = { number: event.syscall!.number, args: event.registers!, inputs: event.inputs };
    deliverWaiting(this, task);
    for (;;) {
      const actual = this.nextCall(task, recorded, event.index);
      const difference = differenceOf(task, { recorded, actual });
      if (difference && event.kind !== 'intercept' && ClockReads.isRead(actual) && this.clocks.tellAgain(task, actual, event.index)) continue;
      if (ClockReads.isRead(recorded) && event.kind === 'syscall') this.clocks.note(event, recorded, difference !== undefined);
      if (!difference) {
        task.registers.copyFrom(actual.args);
        // A handler that returns is none that the task came to by itself.
        if (actual.number !== SYS_RT_SIGRETURN) task.spins = false;
        return { recorded, actual };
      }
      if (!ClockReads.isRead(recorded) || event.kind !== 'syscall') throw difference;
      task.ahead = actual;
      return undefined;
    }
  }

  private nextCall(task: RebuildTask, recorded: Entry, before: EventIndex): Entry {
    const { ahead } = task;
    task.ahead = undefined;
    if (ahead) return ahead;
    const stop = task.tick ? runWithTicks(this, task, before) : this.run(task);
    if (stop.kind !== 'syscall') throw otherwise(askedFor(recorded), describeStop(stop));
    return this.entryAt(task, stop);
  }

  entryAt(task: RebuildTask, stop: Stop): Entry {
    const args = stop.registers.clone();
    const number = args.int32(Reg.orig_rax);
    const row = rowOf(number);
    return { number, args, inputs: row ? captureInputs(row, args, task.tracee) : [] };
  }
}

const RANDOM_BYTES = 16;

/** AT_RANDOM of a new program (getauxval(3)): the recorded bytes. */
function giveRandomBytes(task: RebuildTask, event: TraceEvent): void {
  const then = memoryAfter(event);
  const start = event.effects.find((effect) => effect.type === 'registers');
  if (start?.type !== 'registers') return;
  const recorded = randomBytesAddress(then, start.registers.number(Reg.rsp));
  const actual = randomBytesAddress(task.tracee, task.tracee.registers(new Registers()).number(Reg.rsp));
  if (recorded !== undefined && actual !== undefined) task.write(actual, then.read(recorded, RANDOM_BYTES));
}

interface Call {
  readonly recorded: Entry;
  readonly actual: Entry;
}

function differenceOf(task: RebuildTask, { recorded, actual }: Call): Diverged | undefined {
  const latitude = recorded.number === actual.number ? latitudeOf(task, recorded, actual) : undefined;
  const [expected, asks] = [askedFor(recorded, latitude), askedFor(actual, latitude)];
  return asks === expected ? undefined : otherwise(expected, asks);
}

/** A guest tracer had the call: the task is in the one that it made of it. */
function asTracerLeftIt(task: RebuildTask, { recorded, actual }: Call, { number, arguments: words }: SyscallFacts): Call {
  const args = recorded.args.clone();
  ARGUMENT_REGISTERS.forEach((register, index) => args.setLong(register, words[index]!));
  const then: Entry = { number, args, inputs: [] };
  const now: Entry = { number: task.registers.int32(Reg.orig_rax), args: task.registers.clone(), inputs: [] };
  const difference = differenceOf(task, { recorded: then, actual: now });
  if (difference) throw difference;
  return { recorded: { ...then, inputs: recorded.inputs }, actual: { ...now, inputs: actual.inputs } };
}

/** A program that is not heard of any more. */
export const lost = (): Diverged => new Diverged(`the new build made no call for ${PATIENCE / 1e6} s`, []);

/** The report says which call was expected and which came. */
function otherwise(expected: string, actual: string): Diverged {
  return new Diverged('the new build does not ask for the same', [{ what: 'asked', expected, actual }]);
}

type Follow = (session: RebuildSession, event: TraceEvent) => void;

const FOLLOW: Readonly<Record<EventKind, Follow>> = {
  syscall(session, event) {
    if (!event.registers) {
      session.start(event);
      return;
    }
    const task = session.task(event.task);
    const call = session.arriveAtCall(task, event);
    if (call) answerCall(session, task, { ...call, event });
  },
  enter(session, event) {
    const task = session.task(event.task);
    const call = session.arriveAtCall(task, event);
    task.pending = call;
    task.intercepted = false;
    // A parent that waits for what its child does first (vfork).
    if (call) beginChild(session, task, { ...call, event });
  },
  leave(session, event) {
    const task = session.task(event.task);
    if (!task.pending) throw new Trouble('trace', `damaged trace: event ${event.index} ends a call that did not begin`);
    const call = task.intercepted ? asTracerLeftIt(task, task.pending, event.syscall!) : task.pending;
    task.pending = undefined;
    answerCall(session, task, { ...call, event });
  },
  signal(session, event) {
    const task = session.task(event.task);
    const signal = event.signal!;
    const forTracer = signal.disposition === 'tracer';
    if (!signal.synchronous) {
      if (forTracer) {
        // Its tracer takes the registers as they are.
        takeTurn(session, task, event);
        task.caught = { number: signal.number, siginfo: signal.siginfo, standing: false };
      } else if (signal.disposition === 'handler') task.signals.push({ signal, immediate: event.point?.immediate ?? false });
      return;
    }
    deliverWaiting(session, task);
    const stop = session.run(task);
    if (stop.kind !== 'signal' || stop.signal !== signal.number) throw otherwise(`signal ${signal.number}`, describeStop(stop));
    if (signal.disposition === 'handler') deliver(session, task, signal.number);
    else if (forTracer) caught(task, stop, signal.number);
  },
  tsc: giveValues,
  cpuid: giveValues,
  random: giveValues,
  vsyscall: () => {
    throw unsupported('a call into the vsyscall page');
  },
  exit(session, event) {
    const task = session.task(event.task);
    endTask(task.tracee.tid, session.stop);
    session.tasks.delete(event.task);
    task.space.users--;
    for (const effect of event.effects) {
      if (effect.type !== 'memory' || effect.address !== task.clearTid?.recorded) continue;
      const other = [...session.tasks.values()].find((each) => each.space === task.space);
      other?.write(task.clearTid.actual, effect.bytes);
    }
  },
  preempt: (session, event) => takeTurn(session, session.task(event.task), event),
  resume: (session, event) => leaveStop(session, session.task(event.task), event.signal),
  step(session, event) {
    const task = session.task(event.task);
    deliverWaiting(session, task);
    const stop = session.run(task, Request.sysemuSingleStep);
    if (stop.kind !== 'signal' || stop.signal !== Signal.SIGTRAP) throw otherwise('a single step', describeStop(stop));
    caught(task, stop, Signal.SIGTRAP);
  },
  intercept(session, event) {
    const task = session.task(event.task);
    task.pending = session.arriveAtCall(task, event);
    task.intercepted = true;
  },
};

/**
 * A task that made no call had come to a point among its instructions, which another build has elsewhere:
 * it is let come further, for others may wait for what it does.
 */
function takeTurn(session: RebuildSession, task: RebuildTask, { point }: TraceEvent): void {
  if (!point?.immediate && !task.interrupted && task.signals.length === 0) comeFurther(session, task);
}

/** The task stands in a signal's delivery stop, for its guest tracer. */
function caught(task: RebuildTask, stop: Stop, number: number): void {
  task.registers.copyFrom(stop.registers);
  task.caught = { number, siginfo: task.tracee.siginfo(), standing: true };
}

/** Registers that rdtsc, rdtscp and cpuid write. */
const WRITTEN = { tsc: [Reg.rax, Reg.rdx], cpuid: [Reg.rax, Reg.rbx, Reg.rcx, Reg.rdx] } as const;
const RDTSCP_LENGTH = 3;

/** An instruction that traps: its values are the recorded ones. */
function giveValues(session: RebuildSession, event: TraceEvent): void {
  const task = session.task(event.task);
  deliverWaiting(session, task);
  const stop = session.run(task);
  const registers = stop.registers.clone();
  const instruction = task.space.traps.at(task.tracee, stop);
  if (instruction?.kind !== event.kind) throw otherwise(INSTRUCTIONS[event.kind as 'tsc'], describeStop(stop));
  const effect = event.effects.find((each) => each.type === 'registers');
  if (effect?.type !== 'registers') throw new Trouble('trace', `damaged trace: event ${event.index} has no values`);
  if (instruction.target) {
    // The recorded build may have had it in another register.
    putNumber(registers, instruction.target, givenNumber(event) ?? registers.long(instruction.target.register));
  } else {
    for (const register of WRITTEN[instruction.kind as 'tsc']) registers.setLong(register, effect.registers.long(register));
    if (instruction.length === RDTSCP_LENGTH) registers.setLong(Reg.rcx, effect.registers.long(Reg.rcx));
  }
  registers.setNumber(Reg.rip, registers.number(Reg.rip) + instruction.length);
  registers.setNumber(Reg.orig_rax, -1);
  task.tracee.setRegisters(registers);
  task.registers.copyFrom(registers);
}

const INSTRUCTIONS = { tsc: 'rdtsc', cpuid: 'cpuid', random: 'rdrand' } as const;

/**
 * Runs another build of the recorded guest against its trace. The new program is started for real and
 * runs its own instructions; what it asks of the host must be what was asked then, and is answered from
 * the trace. Calls that concern nothing but its own address space and signal handling are really made,
 * since its addresses are its own.
 */
import type { TaskId } from '../../base/brands.js';
import { Trouble } from '../../base/errors.js';
import { Reg } from '../../base/registers.js';
import { captureInputs, rowOf } from '../../syscalls/index.js';
import type { EventKind, TraceEvent } from '../../trace/events.js';
import type { TraceReader } from '../../trace/index.js';
import { addon, answered, bringToStart, endTask, hideVdso, InstructionFinder, Request, spawnProgram, Stop, StopEvent, TraceOption } from '../../tracee/index.js';
import { describeStop } from '../arrival.js';
import { Diverged } from '../divergence.js';
import { trapInstructions } from '../mappings.js';
import { StandIns } from '../stand-ins.js';
import { ReplaySpace } from '../task.js';
import { answerCall } from './answers.js';
import { askedFor } from './asked.js';
import type { Entry } from './places.js';
import { deliver, deliverWaiting, restart } from './signals.js';
import { RebuildTask } from './task.js';
import { unsupported } from './unsupported.js';

const OPTIONS = TraceOption.sysgood | TraceOption.fork | TraceOption.vfork | TraceOption.clone | TraceOption.exitKill;

/** So long another build may compute between two calls, microseconds. */
const PATIENCE = 60_000_000;

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

  constructor(
    readonly reader: TraceReader,
    readonly options: RebuildOptions,
  ) {
    this.finder = new InstructionFinder(reader.session.host.missing.includes('processor number'));
    this.standIns = new StandIns(reader.objects(), (object) => this.finder.contentChanges(object));
  }

  /** Brings the guest through one event. Throws `Diverged` where it does otherwise. */
  follow(event: TraceEvent): void {
    for (const content of this.reader.contents(event.index)) this.standIns.fill(content);
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

  /** Lets a task run to its next stop. */
  run(task: RebuildTask): Stop {
    const stop = this.runFor(task, PATIENCE);
    if (!stop) throw new Diverged(`the new build made no call for ${PATIENCE / 1e6} s`, []);
    return stop;
  }

  /** Lets a task run to its next stop; undefined where it was interrupted after so many microseconds. */
  runFor(task: RebuildTask, microseconds: number): Stop | undefined {
    const { stop } = this;
    const { tid } = task.tracee;
    task.tracee.resume(Request.sysemu);
    if (answered(addon.wait(tid, microseconds, stop.block), tid, 'run a task') !== 0) return stop;
    task.tracee.interrupt();
    task.tracee.wait(stop);
    return stop.kind === 'event' && stop.event === StopEvent.stop ? undefined : stop;
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
    const space = new ReplaySpace(1 as never, this.finder);
    space.users = 1;
    const task = new RebuildTask(event.task, pid, space, new Map());
    this.tasks.set(event.task, task);
    hideVdso(task.tracee);
    space.traps.noteProgram(pid);
    trapInstructions(task, this.standIns);
  }

  /** The task must come to the recorded call. Answers what was asked then and now. */
  arriveAtCall(task: RebuildTask, event: TraceEvent): { recorded: Entry; actual: Entry } {
    const facts = event.syscall!;
    const recorded: Entry = { number: facts.number, args: event.registers!, inputs: event.inputs };
    const expected = askedFor(recorded.number, recorded.args, recorded.inputs);
    deliverWaiting(this, task);
    const stop = this.run(task);
    if (stop.kind !== 'syscall') throw otherwise(expected, describeStop(stop));
    const args = stop.registers.clone();
    const number = args.int32(Reg.orig_rax);
    const row = rowOf(number);
    const actual: Entry = { number, args, inputs: row ? captureInputs(row, args, task.tracee) : [] };
    const asks = askedFor(number, args, actual.inputs);
    if (asks !== expected) throw otherwise(expected, asks);
    task.registers.copyFrom(args);
    return { recorded, actual };
  }
}

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
    answerCall(session, task, { ...session.arriveAtCall(task, event), event });
  },
  enter(session, event) {
    const task = session.task(event.task);
    task.pending = session.arriveAtCall(task, event);
  },
  leave(session, event) {
    const task = session.task(event.task);
    if (!task.pending) throw new Trouble('trace', `damaged trace: event ${event.index} ends a call that did not begin`);
    const { pending } = task;
    task.pending = undefined;
    answerCall(session, task, { ...pending, event });
  },
  signal(session, event) {
    const task = session.task(event.task);
    const signal = event.signal!;
    if (!signal.synchronous) {
      if (signal.disposition === 'handler') task.signals.push(signal);
      return;
    }
    deliverWaiting(session, task);
    const stop = session.run(task);
    if (stop.kind !== 'signal' || stop.signal !== signal.number) throw otherwise(`signal ${signal.number}`, describeStop(stop));
    if (signal.disposition === 'handler') deliver(session, task, signal.number);
    else if (signal.disposition === 'tracer') throw unsupported('a guest that traces others');
  },
  tsc: giveValues,
  cpuid: giveValues,
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
  // When others got the processor is of no interest to the instructions of this one.
  preempt: () => undefined,
  resume(session, event) {
    if (event.signal && event.signal.number !== 0) throw unsupported('a guest that traces others');
    restart(session.task(event.task));
  },
  step() {
    throw unsupported('a guest that traces others');
  },
  intercept() {
    throw unsupported('a guest that traces others');
  },
};

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
  for (const register of WRITTEN[instruction.kind]) registers.setLong(register, effect.registers.long(register));
  if (instruction.length === RDTSCP_LENGTH) registers.setLong(Reg.rcx, effect.registers.long(Reg.rcx));
  registers.setNumber(Reg.rip, registers.number(Reg.rip) + instruction.length);
  registers.setNumber(Reg.orig_rax, -1);
  task.tracee.setRegisters(registers);
  task.registers.copyFrom(registers);
}

const INSTRUCTIONS = { tsc: 'rdtsc', cpuid: 'cpuid' } as const;

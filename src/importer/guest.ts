/** The guest of a log: its tasks, address spaces and descriptors, while its events go into the trace. */
import { nanoseconds, objectId, spaceId, taskId, type EventIndex, type Nanoseconds, type ObjectId, type SpaceId, type TaskId } from '../base/brands.js';
import { Descriptors } from '../mappings/index.js';
import type { Effect, EventKind, TraceEvent, TraceSink } from '../trace/index.js';
import { birthOf, LARGEST_PID, type Birth } from './births.js';
import { NotUnderstood } from './cursor.js';
import { importCall, type ImportedCall, type Phase } from './import-call.js';
import { mappingChange, type HeapEnds } from './mappings.js';
import { SignalActions } from './signal-actions.js';
import { siginfoBytes } from './encode-named.js';
import { executedProgram } from './program.js';
import type { LoggedCall, Value } from './value.js';

interface Task {
  readonly id: TaskId;
  pid: number;
  readonly group: number;
  space: SpaceId;
  entered?: EventIndex;
}

/** Where and when something happened. */
export interface Moment {
  readonly pid: number;
  /** Thread group, where the log tells. */
  readonly group?: number;
  /** Since the start of the log. */
  readonly time: number;
}

/** There is no system call of that name. */
export class UnknownCall extends Error {}

type Unindexed = Omit<TraceEvent, 'index'>;

const SIGCHLD = 17;
const FAULTS: ReadonlySet<number> = new Set([4, 5, 7, 8, 11]);

export class ImportedGuest {
  private readonly tasks = new Map<number, Task>();
  private readonly descriptors = new Descriptors();
  private readonly actions = new SignalActions();
  private readonly heaps: HeapEnds = new Map();
  private readonly objects = new Map<string, ObjectId>();
  // Of tasks that nobody was seen to make: they go with the next event.
  private pendingBirths: Effect[] = [];
  private lastTask = 0;
  private lastSpace = 0;
  /** Wait status of the first task, once it is gone. */
  status: number | undefined;
  /** Of the last event. */
  time: Nanoseconds = nanoseconds(0);

  constructor(private readonly sink: TraceSink) {}

  knows(pid: number): boolean {
    return this.tasks.has(pid);
  }

  /** A call that returned at once, or never does (exit). */
  call(moment: Moment, logged: LoggedCall): void {
    const task = this.taskAt(moment);
    const call = this.imported(logged, 'return', task);
    const effects = [...call.writes, ...this.changes(task, call, logged)];
    this.append({ ...this.base(task, moment, logged.result === undefined ? 'enter' : 'syscall'), syscall: call.facts, inputs: call.inputs, effects });
    this.called(task, call, logged);
  }

  /**
   * A call that others run beside. `logged` has the result where the log tells it further on: tasks
   * that the call makes begin here.
   */
  enter(moment: Moment, logged: LoggedCall): void {
    const task = this.taskAt(moment);
    const call = this.imported(logged, 'entry', task);
    const effects = birthOf(call, logged) === undefined ? [] : this.changes(task, call, logged);
    task.entered = this.append({ ...this.base(task, moment, 'enter'), syscall: call.facts, inputs: call.inputs, effects });
  }

  leave(moment: Moment, logged: LoggedCall): void {
    const task = this.taskAt(moment);
    const call = this.imported(logged, 'return', task);
    const { entered } = task;
    delete task.entered;
    const changes = birthOf(call, logged) !== undefined && entered !== undefined ? [] : this.changes(task, call, logged);
    const kind = entered === undefined ? 'syscall' : 'leave';
    const syscall = { ...call.facts, ...(entered !== undefined && { entered }) };
    this.append({ ...this.base(task, moment, kind), syscall, inputs: call.inputs, effects: [...call.writes, ...changes] });
    this.called(task, call, logged);
  }

  signal(moment: Moment, number: number, info?: Value): void {
    const task = this.taskAt(moment);
    const siginfo = info && siginfoBytes(info, number);
    const disposition = this.actions.dispositionOf(task.group, number);
    const synchronous = siginfo !== undefined && FAULTS.has(number) && isFault(siginfo);
    this.append({ ...this.base(task, moment, 'signal'), signal: { number, disposition, synchronous, ...(siginfo && { siginfo }) } });
  }

  exit(moment: Moment, status: number): void {
    const task = this.taskAt(moment);
    this.append({ ...this.base(task, moment, 'exit'), exit: { status } });
    this.tasks.delete(moment.pid);
    if (task.id === 1) this.status = status;
  }

  /** What the signal does to a process of the group. */
  isFatal(group: number, signal: number): boolean {
    return this.actions.dispositionOf(group, signal) === 'fatal';
  }

  /** Another thread of the group executed a program: it has this pid from now on. */
  superseded(moment: Moment, by: number): void {
    const successor = this.tasks.get(by);
    if (this.tasks.has(moment.pid)) this.exit(moment, 0);
    if (successor === undefined) return;
    this.tasks.delete(by);
    successor.pid = moment.pid;
    this.tasks.set(moment.pid, successor);
  }

  /** The task with the pid; one that nobody was seen to make begins here. */
  private taskAt({ pid, group = pid }: Moment): Task {
    if (pid > LARGEST_PID || group > LARGEST_PID) throw new NotUnderstood('no pid');
    return this.tasks.get(pid) ?? this.born({ pid, group, flags: 0, exitSignal: this.lastTask === 0 ? 0 : SIGCHLD, sharesSpace: false });
  }

  private born(birth: Birth, parent?: Task): Task {
    const id = taskId(++this.lastTask);
    const space = birth.sharesSpace && parent ? parent.space : spaceId(++this.lastSpace);
    const task: Task = { id, pid: birth.pid, group: birth.group, space };
    this.tasks.set(birth.pid, task);
    if (!birth.sharesSpace || !parent) this.pendingBirths.push({ type: 'space', space, ...(parent && { copyOf: parent.space }) });
    const { pid, group, flags, exitSignal } = birth;
    this.pendingBirths.push({ type: 'task', task: id, ...(parent && { parent: parent.id }), pid, group, flags, exitSignal, space });
    this.actions.born(group, parent?.group);
    if (parent && space !== parent.space) this.heaps.set(space, this.heaps.get(parent.space));
    return task;
  }

  private imported(logged: LoggedCall, phase: Phase, task: Task): ImportedCall {
    const call = importCall(logged, phase, task.space);
    if (call === undefined) throw new UnknownCall(logged.name);
    return call;
  }

  /** What the call changed besides memory. */
  private changes(task: Task, call: ImportedCall, logged: LoggedCall): Effect[] {
    const { result } = logged;
    if (result === undefined || result < 0n) return [];
    const birth = birthOf(call, logged);
    if (birth !== undefined) {
      if (this.tasks.has(birth.pid)) return [];
      this.born({ ...birth, group: birth.isThread ? task.group : birth.pid }, task);
      return this.takeBirths();
    }
    const program = executedProgram(call);
    if (program !== undefined) return this.executed(task, program);
    const objectOf = (descriptor: number, shared: boolean, note: string | undefined): ObjectId => this.objectOf(task, descriptor, shared, note);
    const change = mappingChange({ call, space: task.space, heaps: this.heaps, objectOf, logged });
    return change === undefined ? [] : [change];
  }

  private executed(task: Task, program: string): Effect[] {
    task.space = spaceId(++this.lastSpace);
    this.actions.executed(task.group);
    // As in a recording, the first object is the program.
    if (this.objects.size === 0) this.objectAt(program, false);
    return [{ type: 'space', space: task.space, task: task.id, program }];
  }

  private objectOf(task: Task, descriptor: number, shared: boolean, note: string | undefined): ObjectId {
    return this.objectAt(note ?? this.descriptors.of(task.id, descriptor)?.name ?? `descriptor ${descriptor}`, shared);
  }

  private objectAt(path: string, shared: boolean): ObjectId {
    const known = this.objects.get(path);
    if (known !== undefined) return known;
    const id = objectId(this.objects.size + 1);
    this.objects.set(path, id);
    this.sink.object({ id, kind: shared ? 'shared' : 'file', path, device: 0, inode: 0, size: 0 });
    return id;
  }

  private called(task: Task, { facts, inputs, row }: ImportedCall, { result }: LoggedCall): void {
    if (row.name === 'rt_sigaction' && result === 0n) this.actions.set(task.group, facts, inputs);
  }

  private base(task: Task, { time }: Moment, kind: EventKind): Unindexed {
    this.time = nanoseconds(Math.min(Math.max(0, Math.round(time * 1e9)), Number.MAX_SAFE_INTEGER));
    return { task: task.id, kind, time: this.time, inputs: [], effects: [] };
  }

  private takeBirths(): Effect[] {
    const births = this.pendingBirths;
    this.pendingBirths = [];
    return births;
  }

  private append(event: Unindexed): EventIndex {
    const whole = this.pendingBirths.length === 0 ? event : { ...event, effects: [...this.takeBirths(), ...event.effects] };
    const index = this.sink.append(whole);
    this.descriptors.apply({ ...whole, index });
    return index;
  }
}

/** si_code of a fault: positive, and not SI_KERNEL. */
function isFault(siginfo: Uint8Array): boolean {
  const code = new DataView(siginfo.buffer, siginfo.byteOffset).getInt32(8, true);
  return code > 0 && code !== 0x80;
}

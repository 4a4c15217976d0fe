/** What the descriptors of each task refer to, while the events of a trace go by. */
import type { TaskId } from '../base/brands.js';
import type { TraceEvent } from '../trace/events.js';
import { FinishedCalls } from './finished-call.js';
import { DESCRIPTOR_CALLS } from './descriptor-calls.js';

/**
 * - `file`: opened by a path. `pipe`, `socket`: bytes come in pieces that depend on time.
 * - `outside`: the guest was started with it. `other`: made by a call of its own (epoll, timerfd …).
 */
export type DescriptorSort = 'file' | 'pipe' | 'socket' | 'outside' | 'other';

export interface Descriptor {
  readonly sort: DescriptorSort;
  /** A path, or what it is: `pipe`, `socket`, `epoll`, `stdin` … */
  readonly name: string;
  /** Tells things of one name apart, in order of creation within the trace: `pipe#1`. */
  readonly number?: number;
  /** Which end of a pipe or pair. */
  readonly end?: string;
  readonly closeOnExec: boolean;
}

/** `/etc/passwd`, `pipe#1[r]`, `socket#2`. */
export function showDescriptor({ name, number, end }: Descriptor): string {
  return `${name}${number === undefined ? '' : `#${number}`}${end === undefined ? '' : `[${end}]`}`;
}

/** The descriptors that a process, or several with CLONE_FILES, has. */
export class DescriptorTable {
  private entries: Map<number, Descriptor>;
  // As in AddressSpace: a copy is made when one of the two changes it.
  private isShared = false;

  constructor(entries: Map<number, Descriptor> = new Map()) {
    this.entries = entries;
  }

  fork(): DescriptorTable {
    const copy = new DescriptorTable(this.entries);
    copy.isShared = this.isShared = true;
    return copy;
  }

  get(descriptor: number): Descriptor | undefined {
    return this.entries.get(descriptor);
  }

  set(descriptor: number, what: Descriptor): void {
    this.own().set(descriptor, what);
  }

  close(descriptor: number): void {
    if (this.entries.has(descriptor)) this.own().delete(descriptor);
  }

  /** Both ends count. */
  numbersBetween(first: number, last: number): number[] {
    return [...this.entries.keys()].filter((number) => number >= first && number <= last);
  }

  executed(): void {
    for (const [number, { closeOnExec }] of [...this.entries]) if (closeOnExec) this.close(number);
  }

  private own(): Map<number, Descriptor> {
    if (this.isShared) this.entries = new Map(this.entries);
    this.isShared = false;
    return this.entries;
  }
}

/** Counts what has no name of its own. */
export class Counters {
  private readonly counts = new Map<string, number>();

  next(name: string): number {
    const number = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, number);
    return number;
  }
}

/** linux/sched.h */
const CLONE_FILES = 0x400;

const STANDARD = ['stdin', 'stdout', 'stderr'];

export class Descriptors {
  private readonly tables = new Map<TaskId, DescriptorTable>();
  private readonly counters = new Counters();
  private readonly calls = new FinishedCalls();

  /** `whole` makes a whole path of one that is relative to the task's working folder; they stay relative without it. */
  constructor(private readonly whole: (task: TaskId, path: string) => string = (_task, path) => path) {}

  /** What the task's descriptor refers to; undefined where the trace does not tell. */
  of(task: TaskId, descriptor: number): Descriptor | undefined {
    return this.tables.get(task)?.get(descriptor);
  }

  /** Takes the next event. */
  apply(event: TraceEvent): void {
    for (const effect of event.effects) {
      if (effect.type === 'task') this.tables.set(effect.task, this.tableFor(effect.parent, effect.flags));
      if (effect.type === 'space' && effect.copyOf === undefined && effect.task !== undefined) this.executed(effect.task);
    }
    if (event.exit) this.tables.delete(event.task);
    const call = this.calls.take(event);
    const table = this.tables.get(event.task);
    const change = event.syscall && DESCRIPTOR_CALLS.get(event.syscall.number);
    if (table === undefined || change === undefined || call === undefined || call.result < 0) return;
    const unshared = change({ call, table, counters: this.counters, whole: (path) => this.whole(event.task, path) });
    if (unshared !== undefined) this.tables.set(event.task, unshared);
  }

  private tableFor(parent: TaskId | undefined, flags: number): DescriptorTable {
    if (parent === undefined) {
      const entries = STANDARD.map((name, number): [number, Descriptor] => [number, { sort: 'outside', name, closeOnExec: false }]);
      return new DescriptorTable(new Map(entries));
    }
    const table = this.tables.get(parent) ?? new DescriptorTable();
    return flags & CLONE_FILES ? table : table.fork();
  }

  private executed(task: TaskId): void {
    const table = (this.tables.get(task) ?? new DescriptorTable()).fork();
    table.executed();
    this.tables.set(task, table);
  }
}

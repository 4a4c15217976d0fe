/** Events of every kind with pseudo-random content, the same for the same seed. */
import { Registers } from '../../src/base/registers.js';
import {
  DEBUG_ADDRESSES,
  EVENT_KINDS,
  MAPPING_OPERATIONS,
  SIGNAL_DISPOSITIONS,
  type Effect,
  type EventKind,
  type MemoryObject,
  type ObjectContent,
  type SessionFacts,
  type TraceEvent,
} from '../../src/trace/events.js';

type Unindexed = Omit<TraceEvent, 'index'>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export const SESSION: SessionFacts = {
  arguments: ['/bin/sh', '-c', 'echo "hällo"'],
  workingFolder: '/home/guest',
  environment: ['PATH=/bin', 'EMPTY='],
  startedAt: '2025-01-02T03:04:05.678Z',
  port: 'linux-6.8',
  host: {
    sysname: 'Linux',
    release: '6.8.0',
    version: '#1 SMP',
    machine: 'x86_64',
    nodename: 'host',
    cpuModel: 'A processor',
    cpuid: [
      [0, 0, 0x16, 0x756e6547, 0x6c65746e, 0x49656e69],
      [7, 0, 0xffffffff, 1, 2, 3],
    ],
    xstateSize: 2696,
    pageSize: 4096,
    portraceVersion: '0.1.0',
    missing: ['fixed layout', 'time stamp counter'],
  },
};

export class Generator {
  private state: number;
  private readonly registers = new Map<number, Registers>();
  private time = 0;

  constructor(seed: number) {
    this.state = seed * 2654435761 + 1;
  }

  /** mulberry32 */
  number(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit);
  }

  flag(): boolean {
    return this.number(2) === 1;
  }

  long(): bigint {
    const high = BigInt(this.number(2 ** 32)) << 32n;
    return [0n, BigInt(this.number(100)), high | BigInt(this.number(2 ** 32)), 2n ** 64n - 1n, 2n ** 63n][this.number(5)]!;
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.number(256));
  }

  someBytes(): Uint8Array {
    return this.bytes([0, 1, 31, 32, 33, 100, 4096][this.number(7)]!);
  }

  address(): number {
    return this.number(2 ** 47 / 4096) * 4096;
  }

  file(task: number): Registers {
    const file = (this.registers.get(task) ?? new Registers()).clone();
    for (let changes = this.number(5); changes > 0; changes--) file.setLong(this.number(27), this.long());
    this.registers.set(task, file);
    return file;
  }

  event(kind: EventKind = EVENT_KINDS[this.number(EVENT_KINDS.length)]!): Unindexed {
    const task = 1 + this.number(4);
    this.time += 1000 * this.number(1000);
    const event: Mutable<Unindexed> = {
      task,
      kind,
      time: this.time,
      inputs: Array.from({ length: this.number(3) }, () => ({
        argument: this.number(6),
        address: this.address(),
        bytes: this.someBytes(),
      })),
      effects: [],
    } as never;
    if (!['leave', 'resume', 'exit'].includes(kind)) event.registers = this.file(task);
    if (['syscall', 'enter', 'leave', 'intercept'].includes(kind)) event.syscall = this.syscall(kind);
    if (kind === 'signal' || kind === 'resume') event.signal = this.signal();
    if (kind === 'exit') event.exit = { status: this.number(65536) };
    const pointed = ['signal', 'syscall', 'leave'].includes(kind) && this.flag();
    if (kind === 'preempt' || pointed) event.point = this.point();
    event.effects = Array.from({ length: this.number(5) }, () => this.effect());
    return event;
  }

  effect(): Effect {
    const makers: (() => unknown)[] = [
      () => ({ type: 'memory', space: 1 + this.number(3), address: this.address(), bytes: this.someBytes() }),
      () => ({ type: 'object', object: 1 + this.number(3), offset: this.number(1e9), size: this.number(1e9), bytes: this.someBytes() }),
      () => {
        const task = 1 + this.number(4);
        return { type: 'registers', task, registers: this.file(task) };
      },
      () => ({ type: 'xstate', task: 1 + this.number(4), bytes: this.bytes(2696) }),
      () => ({
        type: 'debug registers',
        task: 1 + this.number(4),
        addresses: Array.from({ length: DEBUG_ADDRESSES }, () => this.number(2 ** 47)),
        control: this.number(2 ** 32),
      }),
      () => ({
        type: 'mapping',
        space: 1 + this.number(3),
        operation: MAPPING_OPERATIONS[this.number(5)],
        origin: ['mmap', 'brk', ''][this.number(3)],
        address: this.address(),
        length: 4096 * this.number(100),
        protection: this.number(8),
        flags: this.number(2 ** 31),
        offset: 4096 * this.number(100),
        ...(this.flag() ? { object: 1 + this.number(3) } : {}),
        ...(this.flag() ? { from: { address: this.address(), length: 4096 } } : {}),
      }),
      () => ({
        type: 'task',
        task: 1 + this.number(4),
        pid: this.number(32768),
        group: this.number(32768),
        flags: this.number(2 ** 32),
        exitSignal: 17,
        space: 1 + this.number(3),
        ...(this.flag() ? { parent: 1 + this.number(4) } : {}),
      }),
      () => ({
        type: 'space',
        space: 1 + this.number(3),
        ...(this.flag() ? { copyOf: 1 } : { task: 1 + this.number(4), program: '/bin/true' }),
      }),
    ];
    return makers[this.number(makers.length)]!() as Effect;
  }

  /** `count` pieces of content for the event, some of them the same. */
  contents(event: number, count: number): ObjectContent[] {
    return Array.from({ length: count }, (_, index) => ({
      object: 1 + (index % 3),
      event,
      offset: 262144 * index,
      bytes: this.bytes([100, 10000, 200000][index % 3]!),
    })) as unknown as ObjectContent[];
  }

  private syscall(kind: EventKind): NonNullable<TraceEvent['syscall']> {
    const returned = kind === 'syscall' || kind === 'leave';
    return {
      number: this.number(450),
      arguments: [this.long(), this.long(), this.long(), this.long(), this.long(), this.long()],
      ...(returned ? { result: BigInt.asIntN(64, this.long()) } : {}),
      ...(this.flag() ? { undescribed: true } : {}),
      ...(this.flag() ? { emulated: true } : {}),
      ...(this.flag() ? { stream: this.flag() ? 1 : 2 } : {}),
      ...(this.flag() ? { texts: { [this.number(6)]: '{st_mode=…, ...}', 5: '' } } : {}),
      ...(kind === 'leave' ? { entered: (1 + this.number(1000)) as never } : {}),
    };
  }

  private signal(): NonNullable<TraceEvent['signal']> {
    return {
      number: this.number(32),
      disposition: SIGNAL_DISPOSITIONS[this.number(5)]!,
      synchronous: this.flag(),
      ...(this.flag() ? { siginfo: this.bytes(128) } : {}),
    };
  }

  private point(): NonNullable<TraceEvent['point']> {
    const many = <Item>(make: () => Item): Item[] => Array.from({ length: this.number(3) }, make);
    return {
      immediate: this.flag(),
      digest: this.bytes(16),
      pages: many(() => ({ address: this.address(), pages: 1 + this.number(100) })) as never,
      words: many(() => ({ address: this.address(), value: this.long() })) as never,
    };
  }
}

export const OBJECTS = [1, 2, 3].map((id) => ({
  id,
  kind: id === 3 ? 'shared' : 'file',
  path: `/lib/${id}.so`,
  device: 64769 + id,
  inode: [12, 2 ** 53, 2 ** 63 + 2 ** 20][id - 1],
  size: 1000 * id,
})) as unknown as readonly MemoryObject[];

/**
 * Long traces of a made-up guest, the same for the same seed: four tasks that open, read, write, map
 * and look at the clock. What a host changed in one of them is part of the shape.
 */
import { ARGUMENT_REGISTERS, Reg, Registers } from '../../src/base/registers.js';
import { address, nanoseconds, spaceId, taskId } from '../../src/base/brands.js';
import { TraceWriter, type Effect, type MemoryInput, type SyscallFacts, type TraceEvent } from '../../src/trace/index.js';
import { rowNamed } from '../../src/syscalls/index.js';
import { Generator, SESSION } from '../trace/generated.js';

export interface LongTraceShape {
  readonly events: number;
  readonly seed: number;
  /** Of so many calls one is left out or comes out otherwise; none without it. */
  readonly changeEvery?: number;
}

const TASKS = 4;
const PID = 1000;
const BUFFER = 0x7ffff000;
const FILES = 500;

type Arguments = SyscallFacts['arguments'];

interface MadeCall {
  readonly name: string;
  readonly args: readonly number[];
  readonly result: number;
  readonly read?: string;
  readonly wrote?: Uint8Array;
}

/** Writes it; gives how many calls were changed. */
export function writeLongTrace(path: string, { events, seed, changeEvery }: LongTraceShape): number {
  const writer = TraceWriter.create(path, { force: true });
  writer.begin(SESSION);
  writer.append(birth());
  const generator = new Generator(seed);
  const chance = new Generator(seed + 1);
  let changed = 0;
  for (let index = 2; index <= events; index++) {
    const task = generator.number(TASKS) + 1;
    const call = madeCall(generator, index);
    const change = changeEvery === undefined ? 1 : chance.number(changeEvery);
    if (change === 0) changed++;
    if (change === 0 && chance.flag()) continue;
    writer.append(eventOf(task, change === 0 ? { ...call, result: -1 } : call));
  }
  writer.finish({ status: 0, duration: nanoseconds(1) });
  writer.close();
  return changed;
}

function birth(): Omit<TraceEvent, 'index'> {
  const space = spaceId(1);
  const effects: Effect[] = [{ type: 'space', space, program: '/bin/guest' }];
  for (let task = 1; task <= TASKS; task++) {
    effects.push({ type: 'task', task: taskId(task), pid: PID + task, group: PID + task, flags: 0, exitSignal: 17, space, ...(task > 1 && { parent: taskId(1) }) });
  }
  return { ...eventOf(1, { name: 'execve', args: [], result: 0 }), effects };
}

/** A call by its place in the trace, so that a guest that did the same has the same. */
function madeCall(generator: Generator, index: number): MadeCall {
  const number = generator.number(FILES);
  const fd = 3 + (number % 5);
  switch (generator.number(8)) {
    case 0:
      return { name: 'openat', args: [-100, BUFFER, 0], result: fd, read: `/data/file-${number}` };
    case 1:
      return { name: 'read', args: [fd, BUFFER, 64], result: 24, wrote: Buffer.from(`line ${index} of some text`.padEnd(24)) };
    case 2:
      return { name: 'write', args: [1, BUFFER, 16], result: 16, read: `said ${number}`.padEnd(16) };
    case 3:
      return { name: 'lseek', args: [fd, index, 0], result: index };
    case 4:
      return { name: 'clock_gettime', args: [1, BUFFER], result: 0, wrote: new Uint8Array(16).fill(index % 256) };
    case 5:
      return { name: 'mprotect', args: [0x10000 + number * 4096, 4096, 1], result: 0 };
    case 6:
      return { name: 'close', args: [fd], result: 0 };
    default:
      return { name: 'getpid', args: [], result: PID + 1 };
  }
}

function eventOf(task: number, { name, args, result, read, wrote }: MadeCall): Omit<TraceEvent, 'index'> {
  const words = Array.from({ length: 6 }, (_, index) => BigInt.asUintN(64, BigInt(args[index] ?? 0))) as unknown as Arguments;
  const registers = new Registers();
  registers.setNumber(Reg.rip, 0x401000);
  words.forEach((word, index) => registers.setLong(ARGUMENT_REGISTERS[index]!, word));
  const inputs: MemoryInput[] = read === undefined ? [] : [{ argument: 1, address: address(BUFFER), bytes: Buffer.from(`${read}${name === 'openat' ? '\0' : ''}`) }];
  const effects: Effect[] = wrote === undefined || result < 0 ? [] : [{ type: 'memory', space: spaceId(1), address: address(BUFFER), bytes: wrote }];
  return {
    task: taskId(task),
    kind: 'syscall',
    time: nanoseconds(0),
    registers,
    syscall: { number: rowNamed(name)!.number, arguments: words, result: BigInt(result) },
    inputs,
    effects,
  };
}

import test from 'ava';
import { eventIndex, taskId } from '../../src/base/brands.js';
import { Reg, REGISTER_COUNT, Registers } from '../../src/base/registers.js';
import type { EventKind } from '../../src/trace/events.js';
import { RegisterHistory, type ArrivalCall } from '../../src/trace/register-history.js';
import { Generator } from './generated.js';

const TASK = taskId(1);

function filled(seed: number): Registers {
  const generator = new Generator(seed);
  const registers = new Registers();
  for (let index = 0; index < REGISTER_COUNT; index++) registers.setLong(index, generator.long());
  return registers;
}

/** A history in the middle of a trace. */
function begun(kind: EventKind = 'tsc', call?: ArrivalCall): RegisterHistory {
  const history = new RegisterHistory();
  history.begin(eventIndex(2), { kind, ...(call && { syscall: call }) });
  return history;
}

const callOf = (number: number, argumentCount?: number): ArrivalCall => ({ number, arguments: [1n, 2n, 3n, 4n, 5n, 6n], argumentCount });

test('registers of any kind come back: those of arrivals with and without calls, those of changes, of many tasks', (t) => {
  const [writer, reader] = [new RegisterHistory(), new RegisterHistory()];
  const generator = new Generator(1);
  for (let index = 1; index < 20_000; index++) {
    const task = taskId(1 + generator.number(5));
    const call = generator.flag() ? callOf(generator.number(4) + 99, generator.number(7)) : undefined;
    const event = { kind: call ? ('syscall' as const) : ('tsc' as const), ...(call && { syscall: call }) };
    const registers = generator.file(task);
    for (const history of [writer, reader]) history.begin(eventIndex(index), event);
    if (generator.number(50) === 0) for (const history of [writer, reader]) history.gone(task);
    if (generator.number(20) === 0) for (const history of [writer, reader]) history.born(task, taskId(1 + (task % 5)));
    t.deepEqual(reader.decodeArrival(task, writer.encodeArrival(task, registers, call), call), registers);
    if (generator.flag()) for (const history of [writer, reader]) history.returned(task, BigInt(index));
    const changed = generator.file(6 - task);
    t.deepEqual(reader.decodeChange(taskId(6 - task), writer.encodeChange(taskId(6 - task), changed)), changed);
  }
});

test('registers that did not change take nothing', (t) => {
  const history = begun();
  history.encodeArrival(TASK, filled(1), undefined);
  t.is(history.encodeArrival(TASK, filled(1), undefined).length, 0);
  t.is(history.encodeChange(TASK, filled(1)).length, 0);
});

/** The registers of a task that arrives with the call. */
function arrivedWith(call: ArrivalCall, registers: Registers): Registers {
  const arrived = registers.clone();
  [Reg.rdi, Reg.rsi, Reg.rdx, Reg.r10, Reg.r8, Reg.r9].forEach((index, place) => arrived.setLong(index, call.arguments[place]!));
  arrived.setNumber(Reg.orig_rax, call.number);
  arrived.setNumber(Reg.rax, -38);
  arrived.setLong(Reg.rcx, arrived.long(Reg.rip));
  arrived.setLong(Reg.r11, arrived.long(Reg.eflags));
  return arrived;
}

test('a call takes what its row does not tell: rip and the stack pointer', (t) => {
  const call = callOf(1);
  const history = begun('syscall', call);
  const registers = filled(1);
  history.encodeArrival(TASK, registers, undefined);
  history.returned(TASK, 17n);
  const moved = registers.clone();
  moved.setLong(Reg.rip, registers.long(Reg.rip) ^ 0xffffn);
  moved.setLong(Reg.rsp, registers.long(Reg.rsp) ^ 0xf0n);
  const next = arrivedWith(call, moved);
  // Place and length in a byte each, two bytes of rip, one of rsp.
  t.is(history.encodeArrival(TASK, next, call).length, 1 + 2 + 1 + 1);
});

test('what comes again and again is predicted from the last time, also of another task', (t) => {
  const history = new RegisterHistory();
  const sizes: number[] = [];
  const round = (task: number): number => {
    const written = [10, 20, 30].map((number) => {
      const call = callOf(number);
      history.begin(eventIndex(2), { kind: 'syscall', syscall: call });
      return history.encodeArrival(taskId(task), arrivedWith(call, filled(number)), call).length;
    });
    return written.reduce((sum, size) => sum + size);
  };
  for (const task of [1, 1, 1, 1, 2, 2]) sizes.push(round(task));
  t.true(sizes[0]! > 200, sizes.join());
  // A context is met in the second round, which of two predictions is right in the third.
  t.deepEqual([sizes[3], sizes[5]], [0, 0], sizes.join());
});

test('a task starts with the registers of its parent, and a gone task is forgotten', (t) => {
  const history = begun();
  history.encodeArrival(TASK, filled(1), undefined);
  history.born(taskId(2), TASK);
  t.is(history.encodeChange(taskId(2), filled(1)).length, 0);
  history.gone(TASK);
  t.true(history.encodeChange(TASK, filled(2)).length > 100);
});

test('at a keyframe nothing is known', (t) => {
  const history = begun();
  history.encodeArrival(TASK, filled(1), undefined);
  history.begin(eventIndex(16384), { kind: 'tsc' });
  t.is(history.encodeArrival(TASK, filled(1), undefined).length, 0);
  history.begin(eventIndex(16385), { kind: 'tsc' });
  t.true(history.encodeArrival(TASK, filled(1), undefined).length > 100);
});

test('a difference with bytes left over, out of order or cut short gives no registers', (t) => {
  for (const blob of [[0x08, 1, 0x00, 1], [0xff], [0x07, 1, 2]]) {
    t.throws(() => begun().decodeChange(TASK, Uint8Array.from(blob)), { message: /registers/ }, String(blob));
  }
});

import test from 'ava';
import { eventIndex, taskId } from '../../src/base/brands.js';
import { Reg, REGISTER_COUNT, Registers } from '../../src/base/registers.js';
import { RegisterHistory } from '../../src/trace/registers-codec.js';
import { Generator } from './generated.js';

const TASK = taskId(1);

function filled(seed: number): Registers {
  const generator = new Generator(seed);
  const registers = new Registers();
  for (let index = 0; index < REGISTER_COUNT; index++) registers.setLong(index, generator.long());
  return registers;
}

test('differences of any size come back', (t) => {
  const [writer, reader] = [new RegisterHistory(), new RegisterHistory()];
  for (let seed = 1; seed < 200; seed++) {
    const blob = writer.encode(TASK, filled(seed), seed % 2 === 0);
    t.deepEqual(reader.decode(TASK, blob, seed % 2 === 0), filled(seed));
  }
});

test('registers that did not change take four bytes', (t) => {
  const history = new RegisterHistory();
  history.encode(TASK, filled(1), false);
  t.is(history.encode(TASK, filled(1), false).length, 4);
});

test('a call takes what its row does not tell: rip and the stack pointer', (t) => {
  const history = new RegisterHistory();
  const registers = filled(1);
  history.encode(TASK, registers, false);
  const next = registers.clone();
  history.returned(TASK, 17n);
  history.called(TASK, { number: 1, arguments: [1n, 2n, 3n, 4n, 5n, 6n] });
  [Reg.rdi, Reg.rsi, Reg.rdx, Reg.r10, Reg.r8, Reg.r9].forEach((index, place) =>
    next.setNumber(index, place + 1),
  );
  next.setNumber(Reg.orig_rax, 1);
  next.setNumber(Reg.rax, -38);
  next.setLong(Reg.rip, registers.long(Reg.rip) ^ 0xffffn);
  next.setLong(Reg.rcx, next.long(Reg.rip));
  next.setLong(Reg.r11, next.long(Reg.eflags));
  next.setLong(Reg.rsp, registers.long(Reg.rsp) ^ 0xf0n);
  // Mask, two lengths in a byte, two bytes of rip, one of rsp.
  t.is(history.encode(TASK, next, true).length, 4 + 1 + 2 + 1);
});

test('a task starts with the registers of its parent, and a gone task is forgotten', (t) => {
  const history = new RegisterHistory();
  history.encode(TASK, filled(1), false);
  history.born(taskId(2), TASK);
  t.is(history.encode(taskId(2), filled(1), false).length, 4);
  history.gone(TASK);
  t.true(history.encode(TASK, filled(1), false).length > 100);
});

test('at a keyframe nothing is known', (t) => {
  const history = new RegisterHistory();
  history.encode(TASK, filled(1), false);
  history.reach(eventIndex(4096));
  t.is(history.encode(TASK, filled(1), false).length, 4);
  history.reach(eventIndex(4097));
  t.true(history.encode(TASK, filled(1), false).length > 100);
});

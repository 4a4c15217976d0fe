/** Events, objects and contents as bytes on their way to the thread that writes the trace. */
import type { Mutable } from '../base/mutable.js';
import { callArguments, type Registers } from '../base/registers.js';
import type { ByteInput, ByteOutput } from './byte-stream.js';
import { getEffect, putEffect } from './effect-bytes.js';
import {
  EVENT_KINDS,
  SIGNAL_DISPOSITIONS,
  type CallTexts,
  type ExactPoint,
  type MemoryInput,
  type MemoryObject,
  type NewEvent,
  type NewSyscallFacts,
  type ObjectContent,
  type PageRun,
  type PointWord,
  type SignalFacts,
} from './events.js';

export function putEvent(to: ByteOutput, event: NewEvent): void {
  to.number(event.task);
  to.byte(EVENT_KINDS.indexOf(event.kind));
  to.number(event.time);
  to.list(event.inputs, putInput);
  to.list(event.effects, putEffect);
  if (to.has(event.registers)) to.registers(event.registers);
  if (to.has(event.syscall)) putSyscall(to, event.syscall);
  if (to.has(event.signal)) putSignal(to, event.signal);
  if (to.has(event.exit)) to.number(event.exit.status);
  if (to.has(event.point)) putPoint(to, event.point);
}

export function getEvent(from: ByteInput): NewEvent {
  const event: Mutable<NewEvent> = {
    task: from.number(),
    kind: EVENT_KINDS[from.byte()]!,
    time: from.number(),
    inputs: from.list(getInput),
    effects: from.list(getEffect),
  };
  if (from.has()) event.registers = from.registers();
  if (from.has()) event.syscall = getSyscall(from, event.registers);
  if (from.has()) event.signal = getSignal(from);
  if (from.has()) event.exit = { status: from.number() };
  if (from.has()) event.point = getPoint(from);
  return event;
}

function putSyscall(to: ByteOutput, call: NewSyscallFacts): void {
  to.number(call.number);
  if (to.has(call.arguments)) {
    for (let index = 0; index < 6; index++) to.long(call.arguments[index]!);
  }
  if (to.has(call.argumentCount)) to.byte(call.argumentCount);
  to.byte((call.undescribed === true ? UNDESCRIBED : 0) | (call.emulated === true ? EMULATED : 0));
  if (to.has(call.result)) to.long(call.result);
  if (to.has(call.stream)) to.byte(call.stream);
  if (to.has(call.entered)) to.number(call.entered);
  if (to.has(call.texts)) to.list(Object.entries(call.texts), putText);
}

const UNDESCRIBED = 1;
const EMULATED = 2;

/** The arguments are those in the registers, where it came without. */
function getSyscall(from: ByteInput, registers: Registers | undefined): NewSyscallFacts {
  const call: Mutable<NewSyscallFacts> = { number: from.number() };
  if (from.has()) {
    call.arguments = [from.unsigned(), from.unsigned(), from.unsigned(), from.unsigned(), from.unsigned(), from.unsigned()];
  } else if (registers) {
    call.arguments = callArguments(registers);
  }
  if (from.has()) call.argumentCount = from.byte();
  const flags = from.byte();
  if (flags & UNDESCRIBED) call.undescribed = true;
  if (flags & EMULATED) call.emulated = true;
  if (from.has()) call.result = from.signed();
  if (from.has()) call.stream = from.byte() as 1 | 2;
  if (from.has()) call.entered = from.number();
  if (from.has()) call.texts = Object.fromEntries(from.list(getText)) as CallTexts;
  return call;
}

function putText(to: ByteOutput, [argument, text]: readonly [argument: string, text: string]): void {
  to.byte(Number(argument));
  to.text(text);
}

const getText = (from: ByteInput): readonly [argument: number, text: string] => [from.byte(), from.text()];

function putSignal(to: ByteOutput, signal: SignalFacts): void {
  to.number(signal.number);
  to.byte(SIGNAL_DISPOSITIONS.indexOf(signal.disposition));
  to.byte(signal.synchronous ? 1 : 0);
  if (to.has(signal.siginfo)) to.sized(signal.siginfo);
}

function getSignal(from: ByteInput): SignalFacts {
  const signal: Mutable<SignalFacts> = {
    number: from.number(),
    disposition: SIGNAL_DISPOSITIONS[from.byte()]!,
    synchronous: from.byte() === 1,
  };
  if (from.has()) signal.siginfo = from.sized();
  return signal;
}

function putPoint(to: ByteOutput, point: ExactPoint): void {
  to.list(point.pages, putPages);
  to.sized(point.digest);
  to.list(point.words, putWord);
  to.byte(point.immediate ? 1 : 0);
}

const getPoint = (from: ByteInput): ExactPoint => ({
  pages: from.list(getPages),
  digest: from.sized(),
  words: from.list(getWord),
  immediate: from.byte() === 1,
});

function putPages(to: ByteOutput, run: PageRun): void {
  to.number(run.address);
  to.number(run.pages);
}

const getPages = (from: ByteInput): PageRun => ({ address: from.number(), pages: from.number() });

function putWord(to: ByteOutput, word: PointWord): void {
  to.number(word.address);
  to.long(word.value);
}

const getWord = (from: ByteInput): PointWord => ({ address: from.number(), value: from.unsigned() });

function putInput(to: ByteOutput, input: MemoryInput): void {
  to.byte(input.argument);
  to.number(input.address);
  to.sized(input.bytes);
}

const getInput = (from: ByteInput): MemoryInput => ({
  argument: from.byte(),
  address: from.number(),
  bytes: from.sized(),
});

export function putObject(to: ByteOutput, object: MemoryObject): void {
  to.number(object.id);
  to.byte(object.kind === 'shared' ? 1 : 0);
  to.text(object.path);
  to.number(object.device);
  to.number(object.inode);
  to.number(object.size);
}

export const getObject = (from: ByteInput): MemoryObject => ({
  id: from.number(),
  kind: from.byte() === 1 ? 'shared' : 'file',
  path: from.text(),
  device: from.number(),
  inode: from.number(),
  size: from.number(),
});

export function putContent(to: ByteOutput, content: ObjectContent): void {
  to.number(content.object);
  to.number(content.event);
  to.number(content.offset);
  to.sized(content.bytes);
}

export const getContent = (from: ByteInput): ObjectContent => ({
  object: from.number(),
  event: from.number(),
  offset: from.number(),
  bytes: from.sized(),
});

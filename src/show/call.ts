/** A system call as one line of text, in the manner that strace made common. */
import { ARGUMENT_REGISTERS, Registers } from '../base/registers.js';
import { errnoName, errnoText, rowOf, showScalar, syscallName } from '../syscalls/index.js';
import type { GuestMemory } from '../syscalls/index.js';
import type { ArgumentIndex, MemoryInput, SyscallFacts } from '../trace/events.js';

/** What stands for the result of a call that did not return; no row takes it for success. */
const NO_RESULT = -38;

/** The range of results that are errors (include/linux/err.h). */
const MAX_ERRNO = 4095;

/** Results that only the kernel and tracers see: the call goes on after the signal. */
const RESTART_FIRST = 512;
const RESTART_LAST = 516;

const NOTHING = new Uint8Array(0);

/**
 * `read(3, "root:x:0:0"..., 4096) = 1234`; a call that did not return ends behind its arguments.
 * `after` is the memory as the effects of the event tell it: fewer bytes, down to none, where they
 * do not.
 */
export function showCall(facts: SyscallFacts, inputs: readonly MemoryInput[], after: GuestMemory): string {
  const result = facts.result === undefined ? '' : ` = ${showResult(facts, facts.result)}`;
  return `${syscallName(facts.number)}(${showArguments(facts, inputs, after).join(', ')})${result}`;
}

function showArguments(facts: SyscallFacts, inputs: readonly MemoryInput[], after: GuestMemory): string[] {
  const row = rowOf(facts.number);
  if (!row) return facts.arguments.map((value, index) => facts.texts?.[index as ArgumentIndex] ?? `0x${BigInt.asUintN(64, value).toString(16)}`);
  const args = registersOf(facts);
  const found: GuestMemory = { read: (address, length) => captured(inputs, address, length) };
  const left: GuestMemory = {
    read(address, length) {
      const told = after.read(address, length);
      return told.length > 0 ? told : found.read(address, length);
    },
  };
  const result = facts.result === undefined ? NO_RESULT : Number(facts.result);
  return row.arguments
    .map((argument, index) => facts.texts?.[index as ArgumentIndex] ?? argument.show({ args, result, inputs, found, left }))
    .filter((text) => text !== undefined);
}

function showResult(facts: SyscallFacts, result: bigint): string {
  const errno = -Number(result);
  if (errno >= RESTART_FIRST && errno <= RESTART_LAST) return `? ${errnoName(errno)} (${errnoText(errno)})`;
  if (errno > 0 && errno <= MAX_ERRNO) return `-1 ${errnoName(errno)} (${errnoText(errno)})`;
  const row = rowOf(facts.number);
  return row ? showScalar(row.resultOf(registersOf(facts)), result) : result.toString();
}

function registersOf(facts: SyscallFacts): Registers {
  const registers = new Registers();
  facts.arguments.forEach((value, index) => registers.setLong(ARGUMENT_REGISTERS[index]!, BigInt.asUintN(64, value)));
  return registers;
}

/** What the inputs hold from the address on, up to `length` bytes. */
function captured(inputs: readonly MemoryInput[], address: number, length: number): Uint8Array {
  for (const input of inputs) {
    const at = address - input.address;
    if (at >= 0 && at < input.bytes.length) return input.bytes.subarray(at, at + length);
  }
  return NOTHING;
}

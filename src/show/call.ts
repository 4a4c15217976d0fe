/** A system call as text, in the manner that strace made common. */
import { ARGUMENT_REGISTERS, Registers } from '../base/registers.js';
import { capturedMemory, entryArguments, errnoName, errnoText, rowOf, showScalar, straceArguments, straceResult, StraceWords } from '../syscalls/index.js';
import type { CallView, GuestMemory, StyledCall, StyledWording } from '../syscalls/index.js';
import type { ArgumentIndex, MemoryInput, SyscallFacts } from '../trace/events.js';

/** What stands for the result of a call that did not return; no row takes it for success. */
const NO_RESULT = -38;

/** The range of results that are errors (include/linux/err.h). */
const MAX_ERRNO = 4095;

/** Results that only the kernel and tracers see: the call goes on after the signal. */
const RESTART_FIRST = 512;
const RESTART_LAST = 516;

/** The parts of a call's text. */
export interface CallText {
  readonly name: string;
  readonly arguments: readonly string[];
  /** The name of each of them in its row; `arg0` and so on of a call that has none. */
  readonly names: readonly string[];
  /** So many of the arguments are known before the call returns. */
  readonly entry: number;
  /** `3`, `-1 ENOENT (No such file or directory)`, `?`; absent where the call did not return. */
  readonly result?: string;
}

/** Words of arguments and of the result, which may speak of descriptors before and after the call. */
export interface CallWords {
  readonly arguments: StyledWording;
  readonly result: StyledWording;
}

const WORDS = new StraceWords();
const DEFAULT: CallWords = { arguments: WORDS, result: WORDS };

/**
 * `read(3, "root:x:0:0"..., 4096) = 1234`; a call that did not return ends behind its arguments.
 * `after` is the memory as the effects of the event tell it: fewer bytes, down to none, where they
 * do not.
 */
export function showCall(facts: SyscallFacts, inputs: readonly MemoryInput[], after: GuestMemory, words = DEFAULT): string {
  const { name, arguments: args, result } = callText(facts, inputs, after, words);
  return `${name}(${args.join(', ')})${result === undefined ? '' : ` = ${result}`}`;
}

export function callText(facts: SyscallFacts, inputs: readonly MemoryInput[], after: GuestMemory, words = DEFAULT): CallText {
  const row = rowOf(facts.number);
  const name = row?.name ?? `syscall_0x${facts.number.toString(16)}`;
  if (!row) {
    const args = facts.arguments.map((value, index) => facts.texts?.[index as ArgumentIndex] ?? `0x${BigInt.asUintN(64, value).toString(16)}`);
    return { name, arguments: args, names: args.map((_, index) => `arg${index}`), entry: args.length, ...(facts.result !== undefined && { result: resultText(facts.result) ?? facts.result.toString() }) };
  }
  const call: StyledCall = { ...viewOf(facts, inputs, after), words: words.arguments };
  const shown = straceArguments(row, call);
  const args: string[] = [];
  const names: string[] = [];
  let entry = 0;
  const known = entryArguments(row);
  const most = Math.max(shown.length, row.arguments.length);
  for (let index = 0; index < most; index++) {
    const text = facts.texts?.[index as ArgumentIndex] ?? shown[index];
    if (text === undefined) continue;
    args.push(text);
    names.push(row.arguments[index]?.name ?? `arg${index}`);
    if (index < known) entry = args.length;
  }
  if (facts.result === undefined) return { name, arguments: args, names, entry };
  const plain = resultText(facts.result) ?? showScalar(row.resultOf(call.args), facts.result, words.result);
  return { name, arguments: args, names, entry, result: straceResult(row, call, plain) };
}

function viewOf(facts: SyscallFacts, inputs: readonly MemoryInput[], after: GuestMemory): CallView {
  const found = capturedMemory(inputs);
  const left: GuestMemory = {
    read(address, length) {
      const told = after.read(address, length);
      return told.length > 0 ? told : found.read(address, length);
    },
  };
  return { args: registersOf(facts), result: facts.result === undefined ? NO_RESULT : Number(facts.result), inputs, found, left };
}

/** Of an error; undefined where it is none. */
function resultText(result: bigint): string | undefined {
  const errno = -Number(result);
  if (errno >= RESTART_FIRST && errno <= RESTART_LAST) return `? ${errnoName(errno)} (${errnoText(errno)})`;
  return errno > 0 && errno <= MAX_ERRNO ? `-1 ${errnoName(errno)} (${errnoText(errno)})` : undefined;
}

function registersOf(facts: SyscallFacts): Registers {
  const registers = new Registers();
  facts.arguments.forEach((value, index) => registers.setLong(ARGUMENT_REGISTERS[index]!, BigInt.asUintN(64, value)));
  return registers;
}

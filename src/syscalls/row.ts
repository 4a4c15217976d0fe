/** A row: one system call with its arguments, made ready to be asked for each call of a guest. */
import { ARGUMENT_REGISTERS, type Registers } from '../base/registers.js';
import { describe, placeOf, type Argument, type Described } from './argument.js';
import type { ScalarKind } from './kinds/kind.js';
import { long } from './kinds/numbers.js';

/**
 * What a recorder has to do beside capturing memory:
 * - `regular`: nothing.
 * - `mapping`: the call changes what the address space shows.
 * - `process`: it makes, replaces or ends a task.
 * - `tracing`: ptrace.
 * - `signal-return`: all registers change.
 */
export type Handling = 'regular' | 'mapping' | 'process' | 'tracing' | 'signal-return';

/** The rows of one family: name, number, arguments in order, and what the result is. */
export type Family = Readonly<Record<string, readonly [number: number, args: Readonly<Record<string, Described>>, result?: Result]>>;

/** What a call returns where an argument decides it. */
export interface ResultChoice {
  /** Name of the argument that decides. */
  readonly by: string;
  readonly cases: ReadonlyMap<number, ScalarKind>;
  readonly otherwise: ScalarKind;
}

type Result = ScalarKind | ResultChoice;

export interface SyscallRow {
  /** x86-64 table, arch/x86/entry/syscalls/syscall_64.tbl. */
  readonly number: number;
  readonly name: string;
  readonly arguments: readonly Argument[];
  readonly result: ScalarKind;
  /** What this call returns; `result` where no argument decides. */
  readonly resultOf: (args: Registers) => ScalarKind;
  readonly handling: Handling;
  /** False where the call never reads the guest's memory. */
  readonly hasInputs: boolean;
  /** False where the kernel never writes the guest's memory in this call. */
  readonly hasOutputs: boolean;
  readonly inputs: readonly NonNullable<Argument['inputs']>[];
  readonly outputs: readonly NonNullable<Argument['outputs']>[];
  /** Arguments of which only some values are described. */
  readonly doubts: readonly ((args: Registers) => boolean)[];
}

/** The rows of a family, compiled. */
export function rows(family: Family, handling: Handling = 'regular'): SyscallRow[] {
  return Object.entries(family).map(([name, [number, described, result]]) => {
    const args = compile(described);
    const inputs = args.flatMap((argument) => argument.inputs ?? []);
    const outputs = args.flatMap((argument) => argument.outputs ?? []);
    const doubts = args.flatMap((argument) => argument.describes ?? []);
    return {
      number,
      name,
      arguments: args,
      ...resultOf(result ?? long, described),
      handling,
      hasInputs: inputs.length > 0,
      hasOutputs: outputs.length > 0,
      inputs,
      outputs,
      doubts,
    };
  });
}

function compile(described: Readonly<Record<string, Described>>): Argument[] {
  const names = Object.keys(described);
  const descriptions = Object.values(described).map(describe);
  return descriptions.map((description, index) => ({
    name: names[index]!,
    kind: description.kind,
    direction: description.direction,
    ...description.bind(placeOf(index, names, descriptions)),
  }));
}

function resultOf(result: Result, described: Readonly<Record<string, Described>>): Pick<SyscallRow, 'result' | 'resultOf'> {
  if (!('by' in result)) return { result, resultOf: () => result };
  const at = Object.keys(described).indexOf(result.by);
  return {
    result: result.otherwise,
    resultOf: (args) => result.cases.get(args.int32(ARGUMENT_REGISTERS[at]!)) ?? result.otherwise,
  };
}

/** What a call is about: the path that it names, or else what its descriptor refers to. */
import { showDescriptor, type Descriptors } from '../mappings/index.js';
import { isScalar, rowOf, type Argument } from '../syscalls/index.js';
import type { MemoryInput, SyscallFacts, TraceEvent } from '../trace/events.js';

export const NO_FILE = '(no file)';
/** A guest tracer stopped the call: whose descriptors and paths these are is its business. */
export const OF_TRACER = "(a guest tracer's)";

const UTF8 = new TextDecoder();

/** To be asked before the event changes what descriptors refer to. */
export function fileOfCall({ kind, task, syscall, inputs }: TraceEvent, descriptors: Descriptors): string {
  if (syscall === undefined) return NO_FILE;
  if (kind === 'intercept') return OF_TRACER;
  const args = rowOf(syscall.number)?.arguments ?? [];
  const nameOf = (index: number): string | undefined => {
    const number = descriptorAt(args, index, syscall);
    if (number === undefined) return undefined;
    const known = descriptors.of(task, number);
    return known === undefined ? `descriptor ${number}` : showDescriptor(known);
  };
  const path = args.findIndex(({ kind: { name }, direction }) => name === 'path' && direction === 'in');
  const text = path < 0 ? undefined : pathAt(path, syscall, inputs);
  if (text !== undefined) return text.startsWith('/') ? text : inFolder(nameOf(path - 1), text);
  const index = args.findIndex((_, each) => descriptorAt(args, each, syscall) !== undefined);
  return nameOf(index) ?? NO_FILE;
}

/** The descriptor that an argument is; undefined where it is none, or stands for none (AT_FDCWD, -1). */
function descriptorAt(args: readonly Argument[], index: number, { arguments: words }: SyscallFacts): number | undefined {
  const argument = args[index];
  if (argument === undefined || !isScalar(argument.kind) || argument.kind.compare !== 'descriptor') return undefined;
  const number = Number(BigInt.asIntN(32, words[index]!));
  return number < 0 ? undefined : number;
}

/** Undefined where the call was given no path, or the trace does not have it. */
function pathAt(index: number, { texts }: SyscallFacts, inputs: readonly MemoryInput[]): string | undefined {
  const bytes = inputs.find(({ argument }) => argument === index)?.bytes;
  return bytes === undefined ? texts?.[index as 0] : UTF8.decode(bytes).replace(/\0[^]*$/, '');
}

function inFolder(folder: string | undefined, path: string): string {
  if (path === '') return folder ?? NO_FILE;
  return folder === undefined ? path : `${folder}/${path}`;
}

/** strace leaves arguments out that a call does not look at, and writes those of clone in an order of its own. */
import type { LoggedCall, Member, Value } from './value.js';

/** Names that strace gives the arguments of clone. */
const CLONE: Readonly<Record<string, number>> = { flags: 0, child_stack: 1, stack: 1, parent_tid: 2, parent_tidptr: 2, child_tid: 3, child_tidptr: 3, tls: 4 };

/** FUTEX_* with the flags for private and realtime taken off (linux/futex.h): where each argument belongs. */
const FUTEX: ReadonlyMap<bigint, readonly number[]> = new Map([
  [9n, [0, 1, 2, 3, 5]],
  [10n, [0, 1, 2, 5]],
]);
const FUTEX_FLAGS = 0x180n;

const UNUSED: Member = { value: { type: 'number', value: 0n, text: '0' } };

/** The call with its arguments in the kernel's order. */
export function inKernelOrder(call: LoggedCall): LoggedCall {
  if (call.name !== 'clone' && call.name !== 'futex') return call;
  const places = call.name === 'clone' ? call.arguments.map(({ name }, index) => CLONE[name ?? ''] ?? index) : futexPlaces(call.arguments[1]?.value);
  if (places === undefined) return call;
  const ordered: Member[] = [];
  call.arguments.forEach((argument, index) => (ordered[places[index] ?? index] = argument));
  return { ...call, arguments: Array.from(ordered, (argument) => argument ?? UNUSED) };
}

const futexPlaces = (operation: Value | undefined): readonly number[] | undefined =>
  operation?.type === 'number' ? FUTEX.get(operation.value & ~FUTEX_FLAGS) : undefined;

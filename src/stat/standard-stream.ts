/** Which of its standard streams a guest writes to. */
import type { TaskId } from '../base/brands.js';
import type { Descriptors } from '../mappings/index.js';
import type { SyscallFacts } from '../trace/events.js';

/** Standard output and error, as the guest was started with them. */
const STREAMS: ReadonlyMap<string, 1 | 2> = new Map([['stdout', 1], ['stderr', 2]]);

/** 1 or 2 where the first argument of a write call is that stream, whatever its number by now. */
export function standardStream(task: TaskId, { stream, arguments: [descriptor] }: SyscallFacts, descriptors: Descriptors): 1 | 2 | undefined {
  if (stream !== undefined) return stream;
  const { sort, name } = descriptors.of(task, Number(BigInt.asIntN(32, descriptor))) ?? {};
  return sort === 'outside' ? STREAMS.get(name!) : undefined;
}

/** Equality of much data. */
import { isDeepStrictEqual } from 'node:util';
import type { ExecutionContext } from 'ava';

/** As t.deepEqual, which takes seconds for thousands of members and is asked for its words only. */
export function assertSame(t: ExecutionContext, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) t.pass();
  else t.deepEqual(actual, expected);
}

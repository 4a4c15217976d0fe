/** Equality of much data. */
import { isDeepStrictEqual } from 'node:util';
import type { ExecutionContext } from 'ava';

/** Asserts what isDeepStrictEqual says; t.deepEqual takes seconds for thousands of members, and only words a failure. */
export function assertSame(t: ExecutionContext, actual: unknown, expected: unknown): void {
  const isSame = isDeepStrictEqual(actual, expected);
  if (!isSame) t.deepEqual(actual, expected);
  t.true(isSame);
}

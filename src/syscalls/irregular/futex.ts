/**
 * futex(2) by operation: kernel/futex/*.c, Linux 6.6. Waiting and waking write nothing; the
 * operations on priority-inheriting locks change the lock words, some of them even where they fail.
 */
import { reads, updates, writes, type Described, type Description } from '../argument.js';
import { choice, unused, type Cases } from '../choice.js';
import { FUTEX_FLAGS, FUTEX_OPERATIONS as OPERATIONS } from '../constants/futex.js';
import { one } from '../extent.js';
import { showScalar } from '../kinds/kind.js';
import { flagsOf } from '../kinds/names.js';
import { address, bits32, int, lockWord, uint } from '../kinds/numbers.js';
import { timespec } from '../kinds/time.js';
import { always } from '../outcome.js';

const OPERATION_MASK = 0x7f;
const operation = flagsOf('futex operation', FUTEX_FLAGS, { field: { mask: OPERATION_MASK, table: OPERATIONS } });
const withoutFlags = (value: number): number => value & OPERATION_MASK;

/** One description for several operations. */
const each = (operations: readonly number[], what: Description): Cases => new Map(operations.map((number) => [number, what]));

const timed = [
  OPERATIONS.FUTEX_WAIT,
  OPERATIONS.FUTEX_WAIT_BITSET,
  OPERATIONS.FUTEX_LOCK_PI,
  OPERATIONS.FUTEX_LOCK_PI2,
  OPERATIONS.FUTEX_WAIT_REQUEUE_PI,
];
const locking = [
  OPERATIONS.FUTEX_LOCK_PI,
  OPERATIONS.FUTEX_LOCK_PI2,
  OPERATIONS.FUTEX_TRYLOCK_PI,
  OPERATIONS.FUTEX_UNLOCK_PI,
];
const twoWords = [
  OPERATIONS.FUTEX_REQUEUE,
  OPERATIONS.FUTEX_CMP_REQUEUE,
  OPERATIONS.FUTEX_WAKE_OP,
  OPERATIONS.FUTEX_CMP_REQUEUE_PI,
  OPERATIONS.FUTEX_WAIT_REQUEUE_PI,
];
const untimed = [OPERATIONS.FUTEX_WAKE, OPERATIONS.FUTEX_WAKE_BITSET, OPERATIONS.FUTEX_TRYLOCK_PI, OPERATIONS.FUTEX_UNLOCK_PI];
const bitset = [OPERATIONS.FUTEX_WAIT_BITSET, OPERATIONS.FUTEX_WAKE_BITSET];
const changesSecond = [OPERATIONS.FUTEX_WAKE_OP, OPERATIONS.FUTEX_CMP_REQUEUE_PI, OPERATIONS.FUTEX_WAIT_REQUEUE_PI];

const word = writes(lockWord, one, always);
const number: Description = { kind: uint, direction: 'value', bind: ({ register }) => ({ show: (call) => String(call.args.int32(register)) }) };
const plain = (kind: typeof address): Description => ({
  kind,
  direction: 'value',
  bind: ({ register }) => ({ show: (call) => showScalar(kind, call.args.long(register), call.words) }),
});
const key = withoutFlags;

export const futexRow: Readonly<Record<string, Described>> = {
  word: choice({ by: 'operation', key, cases: each(locking, word), otherwise: address }),
  operation,
  value: choice({ by: 'operation', key, cases: each(locking, unused), otherwise: int }),
  timeout: choice({
    by: 'operation',
    key,
    cases: new Map([...each(timed, reads(timespec)), ...each(untimed, unused)]),
    otherwise: number,
  }),
  second: choice({
    by: 'operation',
    key,
    cases: new Map([...each(twoWords, plain(address)), ...each(changesSecond, updates(bits32, one, always))]),
    otherwise: unused,
  }),
  third: choice({ by: 'operation', key, cases: new Map([...each(twoWords, number), ...each(bitset, plain(bits32))]), otherwise: unused }),
};

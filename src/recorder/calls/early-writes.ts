/** What a call has written when it falls asleep: others see it before the call returns. */
import { Reg } from '../../base/registers.js';
import type { Effect } from '../../trace/events.js';
import type { RecordSession } from '../session.js';
import type { Call, GuestTask } from '../task.js';

const SYS_FUTEX = 202;
/** linux/futex.h */
const OPERATION_MASK = 0x7f;
const FUTEX_LOCK_PI = 6;
const FUTEX_LOCK_PI2 = 13;
const WORD_SIZE = 4;

/** A lock with priority inheritance has the mark that somebody waits, which its owner looks at to unlock. */
export function earlyWrites(session: RecordSession, task: GuestTask, call: Call): Effect[] {
  if (call.number !== SYS_FUTEX) return [];
  const operation = call.entry.int32(Reg.rsi) & OPERATION_MASK;
  if (operation !== FUTEX_LOCK_PI && operation !== FUTEX_LOCK_PI2) return [];
  const at = call.entry.number(Reg.rdi);
  const word = task.tracee.read(at, WORD_SIZE);
  return word.length === WORD_SIZE ? [session.memoryEffect(task.space.id, at, word)] : [];
}

/**
 * Locks that a task holds when it ends or starts another program: the kernel marks those on its robust list
 * (set_robust_list(2)) as the dead owner's (exit_robust_list in kernel/futex/core.c, Linux 6.6).
 */
import { readFileSync } from 'node:fs';
import type { Effect } from '../trace/events.js';
import type { GuestTask } from './task.js';

/** linux/futex.h */
const FUTEX_WAITERS = 0x80000000;
const FUTEX_OWNER_DIED = 0x40000000;
const FUTEX_TID_MASK = 0x3fffffff;
const ROBUST_LIST_LIMIT = 2048;

/** struct robust_list_head: the first entry, the distance of a lock's word from its entry, the lock being taken. */
const HEAD_WORDS = 3;
const WORD_SIZE = 4;

/** Bit 0 of an entry's address tells of priority inheritance, which changes nothing about the word. */
const entryAt = (pointer: bigint): bigint => pointer & ~1n;

/** Effects of the task's end on its locks. The task has not let go of its memory yet. */
export function ownerDiedEffects(task: GuestTask): Effect[] {
  if (task.robustList === 0) return [];
  const head = readWords(task, task.robustList, HEAD_WORDS);
  if (!head) return [];
  const distance = head[1]!;
  const pending = entryAt(head[2]!);
  const effects: Effect[] = [];
  const mark = (entry: bigint): boolean => markWord(task, Number(BigInt.asUintN(64, entry + distance)), effects);
  let entry = entryAt(head[0]!);
  for (let left = ROBUST_LIST_LIMIT; left > 0 && entry !== BigInt(task.robustList); left--) {
    const next = readWords(task, Number(entry), 1);
    if (entry !== pending && !mark(entry)) return effects;
    if (!next) return effects;
    entry = entryAt(next[0]!);
  }
  if (pending !== 0n) mark(pending);
  return effects;
}

/** Adds what becomes of a lock's word, if the task holds it. False where there is no such word. */
function markWord(task: GuestTask, address: number, effects: Effect[]): boolean {
  const bytes = address % WORD_SIZE === 0 ? task.tracee.read(address, WORD_SIZE) : undefined;
  if (bytes?.length !== WORD_SIZE) return false;
  const view = new DataView(bytes.slice().buffer);
  const value = view.getUint32(0, true);
  if ((value & FUTEX_TID_MASK) !== ownThreadId(task.tid)) return true;
  view.setUint32(0, ((value & FUTEX_WAITERS) | FUTEX_OWNER_DIED) >>> 0, true);
  effects.push({ type: 'memory', space: task.space.id, address: address as never, bytes: new Uint8Array(view.buffer) });
  return true;
}

function readWords(task: GuestTask, address: number, count: number): BigUint64Array | undefined {
  const bytes = task.tracee.read(address, count * 8);
  return bytes.length === count * 8 ? new BigUint64Array(bytes.slice().buffer) : undefined;
}

/** A task's id as it knows it itself, in its own PID namespace (proc(5), NSpid). */
function ownThreadId(tid: number): number {
  const ids = /^NSpid:.*?(\d+)$/m.exec(readFileSync(`/proc/${tid}/status`, 'latin1'));
  return ids ? Number(ids[1]) : tid;
}

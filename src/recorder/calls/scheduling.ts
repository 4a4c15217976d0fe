/**
 * Real-time priorities (sched(7)). All tasks of a guest share one processor, with portrace: one that had real-time priority there
 * and waited for another in a loop would wait for ever. So tasks stay ordinary, and are told the policy that they chose.
 */
import { Reg } from '../../base/registers.js';
import { addon } from '../../tracee/index.js';
import { answerCall, finishCall, runCall } from '../calls.js';
import type { RecordSession } from '../session.js';
import type { Call, GuestTask } from '../task.js';
import type { IrregularCall, Leaving } from './irregular.js';

const EINVAL = 22;
/** linux/sched.h */
const SCHED_RESET_ON_FORK = 0x40000000;
const REAL_TIME: ReadonlySet<number> = new Set([1, 2]); // FIFO, RR
const HIGHEST = 99;
/** struct sched_attr of linux/sched/types.h */
const POLICY_AT = 4;
const PRIORITY_AT = 20;
const WORD = 4;

/** A real-time policy that a task was given. */
export interface Scheduling {
  /** SCHED_FIFO or SCHED_RR, with SCHED_RESET_ON_FORK. */
  readonly policy: number;
  readonly priority: number;
}

const wordOf = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer);

const named = (session: RecordSession, task: GuestTask, call: Call): GuestTask | undefined => session.taskNamed(task, call.entry.int32(Reg.rdi));

const FACTS = new Int32Array(2);

/** sched_setscheduler, sched_setattr: the kernel checked what is asked for, and did it to some task. */
export const setSchedulingCall: IrregularCall = {
  leave: ({ session, task, call, result, after }) => {
    if (result === 0) {
      const target = named(session, task, call);
      if (target) target.scheduling = undefined;
      for (const each of session.tasks.values()) takeBack(each);
    }
    finishCall(session, task, { result, after });
  },
};

function takeBack(task: GuestTask): void {
  if (addon.scheduling(task.tid, FACTS) < 0) return;
  const [policy, priority] = FACTS;
  if (!REAL_TIME.has(policy! & ~SCHED_RESET_ON_FORK)) return;
  task.scheduling = { policy: policy!, priority: priority! };
  addon.makeOrdinary(task.tid);
}

/** sched_setparam */
export const setPriorityCall: IrregularCall = {
  isAnswered: (session, task, call) => named(session, task, call)?.scheduling !== undefined,
  enter: (session, task, call) => {
    const target = named(session, task, call);
    const bytes = task.tracee.read(call.entry.number(Reg.rsi), WORD);
    if (!target?.scheduling || bytes.length < WORD) {
      runCall(session, task, call);
      return;
    }
    const priority = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
    const isOne = priority > 0 && priority <= HIGHEST;
    if (isOne) target.scheduling = { ...target.scheduling, priority };
    answerCall(session, task, isOne ? 0 : -EINVAL);
  },
};

/** sched_getscheduler */
export const getPolicyCall: IrregularCall = {
  leave: ({ session, task, call, result, after }) => {
    const policy = result >= 0 ? named(session, task, call)?.scheduling?.policy : undefined;
    if (policy !== undefined) {
      after.setNumber(Reg.rax, policy);
      task.tracee.setRegisters(after);
    }
    finishCall(session, task, { result: policy ?? result, after });
  },
};

/** Overwrites words of what the kernel told of a task. */
const told = (words: (scheduling: Scheduling) => readonly (readonly [offset: number, value: number])[]): IrregularCall => ({
  leave: (leaving: Leaving) => {
    const { session, task, call, result, after } = leaving;
    const scheduling = result === 0 ? named(session, task, call)?.scheduling : undefined;
    const at = call.entry.number(Reg.rsi);
    if (scheduling) for (const [offset, value] of words(scheduling)) task.tracee.copyOut(at + offset, wordOf(value));
    finishCall(session, task, { result, after });
  },
});

/** sched_getparam */
export const getPriorityCall = told(({ priority }) => [[0, priority]]);

/** sched_getattr */
export const getAttributesCall = told(({ policy, priority }) => [
  [POLICY_AT, policy & ~SCHED_RESET_ON_FORK],
  [PRIORITY_AT, priority],
]);

/** What a new task has of its parent's. */
export const inherited = (scheduling: Scheduling | undefined): Scheduling | undefined =>
  scheduling && (scheduling.policy & SCHED_RESET_ON_FORK) === 0 ? scheduling : undefined;

/** Irregular calls of a few lines each. */
import { Reg } from '../../base/registers.js';
import { answerCall, finishCall, NOT_IMPLEMENTED, runCall } from '../calls.js';
import { ACTION_SIZE } from '../dispositions.js';
import type { IrregularCall } from './irregular.js';

/**
 * Calls that hand guest memory to the kernel for good (rseq, io_uring, userfaultfd), hide it from
 * tracers (memfd_secret), or that no replay can follow: the guest hears that this kernel has none, as older kernels say.
 */
export const refusedCall: IrregularCall = {
  enter: (session, task) => answerCall(session, task, NOT_IMPLEMENTED),
};

/** Where `sigtrap` is among the bits of struct perf_event_attr (linux/perf_event.h). */
const SIGTRAP_AT = 44;
const SIGTRAP_BIT = 1 << 5;
const EINVAL = 22;

/** perf_event_open: events that raise signals among a task's instructions (Linux 5.13) are refused, as older kernels refuse the bit. */
export const perfEventOpenCall: IrregularCall = {
  enter: (session, task, call) => {
    const [bits = 0] = task.tracee.read(call.entry.number(Reg.rdi) + SIGTRAP_AT, 1);
    if ((bits & SIGTRAP_BIT) !== 0) answerCall(session, task, -EINVAL);
    else runCall(session, task, call);
  },
};

/** rt_sigreturn: all registers and the extended state come from the frame on the stack. */
export const sigreturnCall: IrregularCall = {
  leave: ({ session, task, call, result, after }) => {
    call.effects.push({ type: 'xstate', task: task.id, bytes: task.tracee.xstate() });
    finishCall(session, task, { result, after });
    // What sigreturn puts into rax may look like a restart code, and is none.
    task.restarts = false;
    task.pacing.handlerReturns();
  },
};

/** rt_sigaction: what the task does with a signal from now on. */
export const sigactionCall: IrregularCall = {
  enter: (session, task, call) => {
    const at = call.entry.number(Reg.rsi);
    if (at !== 0) call.action = task.tracee.read(at, ACTION_SIZE);
    runCall(session, task, call);
  },
  leave: ({ session, task, call, result, after }) => {
    if (result === 0 && call.action?.length === ACTION_SIZE) task.dispositions.set(call.entry.int32(Reg.rdi), call.action);
    finishCall(session, task, { result, after });
  },
};

/** set_robust_list: its size must be that of the kernel's structure. */
export const setRobustListCall: IrregularCall = {
  leave: ({ session, task, call, result, after }) => {
    if (result === 0) task.robustList = call.entry.number(Reg.rdi);
    finishCall(session, task, { result, after });
  },
};

export const setTidAddressCall: IrregularCall = {
  // It has no failure; where a tracer or a filter made it void, an error comes back.
  leave: ({ session, task, call, result, after }) => {
    if (result > 0) task.clearTidAddress = call.entry.number(Reg.rdi);
    finishCall(session, task, { result, after });
  },
};

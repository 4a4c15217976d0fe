/** prctl and seccomp: what they change of how calls, and rdtsc, come to portrace. */
import { Reg } from '../../base/registers.js';
import { hostTrapsTimestamps, wordBytes } from '../../tracee/index.js';
import { answerCall, runCall } from '../calls.js';
import type { RecordSession } from '../session.js';
import type { Call, GuestTask } from '../task.js';
import type { IrregularCall } from './irregular.js';

/** linux/prctl.h */
const Option = { setSeccomp: 22, getTsc: 25, setTsc: 26, setSyscallUserDispatch: 59 } as const;
const PR_SYS_DISPATCH_ON = 1;
const SECCOMP_MODE_FILTER = 2;
/** linux/seccomp.h: the last operation that sets something. */
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
const PR_TSC_ENABLE = 1;
const PR_TSC_SIGSEGV = 2;
const EFAULT = 14;
const EINVAL = 22;
const INT_SIZE = 4;

export const prctlCall: IrregularCall = {
  enter: (session, task, call) => {
    const result = answer(session, task, call);
    if (result === undefined) runCall(session, task, call);
    else answerCall(session, task, result);
  },
};

/** Undefined where the host answers. */
function answer(session: RecordSession, task: GuestTask, call: Call): number | undefined {
  const argument = call.entry.number(Reg.rsi);
  switch (call.entry.int32(Reg.rdi)) {
    case Option.setSyscallUserDispatch:
      // It would turn calls into SIGSYS before any tracer sees them: refused as older kernels do.
      return argument === PR_SYS_DISPATCH_ON ? -EINVAL : undefined;
    case Option.setSeccomp:
      // A filter at address 0 is how programs ask whether the kernel has them (EFAULT).
      if (argument !== SECCOMP_MODE_FILTER || call.entry.number(Reg.rdx) !== 0) task.isFiltered = true;
      return undefined;
    case Option.getTsc:
      return hostTrapsTimestamps() ? tellTimestampMode(session, task, call) : undefined;
    case Option.setTsc:
      return hostTrapsTimestamps() ? setTimestampMode(task, call.entry.int32(Reg.rsi)) : undefined;
    default:
      return undefined;
  }
}

/** What the guest set: rdtsc traps for portrace in any case. */
function tellTimestampMode(session: RecordSession, task: GuestTask, call: Call): number {
  const mode = wordBytes(BigInt(task.timestampsFault ? PR_TSC_SIGSEGV : PR_TSC_ENABLE)).subarray(0, INT_SIZE);
  const at = call.entry.number(Reg.rsi);
  if (task.tracee.copyOut(at, mode) < INT_SIZE) return -EFAULT;
  call.effects.push(session.memoryEffect(task.space.id, at, mode));
  return 0;
}

function setTimestampMode(task: GuestTask, mode: number): number {
  if (mode !== PR_TSC_ENABLE && mode !== PR_TSC_SIGSEGV) return -EINVAL;
  task.timestampsFault = mode === PR_TSC_SIGSEGV;
  return 0;
}

/** As libseccomp asks what the kernel has. */
function setsNothing({ entry }: Call): boolean {
  const operation = entry.int32(Reg.rdi);
  return operation > SECCOMP_SET_MODE_FILTER || (operation === SECCOMP_SET_MODE_FILTER && entry.number(Reg.rdx) === 0);
}

/** seccomp: a filter may be for all threads of the process (SECCOMP_FILTER_FLAG_TSYNC). */
export const seccompCall: IrregularCall = {
  enter: (session, task, call) => {
    const isSupervised = (call.entry.number(Reg.rsi) & SECCOMP_FILTER_FLAG_NEW_LISTENER) !== 0;
    for (const other of setsNothing(call) ? [] : session.tasks.values()) {
      if (other.group !== task.group) continue;
      other.isFiltered = true;
      other.isSupervised ||= isSupervised;
    }
    runCall(session, task, call);
  },
};

/** The calls that need more than their row, by number (asm/unistd_64.h). */
import type { Registers } from '../../base/registers.js';
import type { RecordSession } from '../session.js';
import type { Call, GuestTask } from '../task.js';
import { getAffinityCall, getCpuCall, setAffinityCall } from './affinity.js';
import * as aio from './aio.js';
import { clockCall } from './clock.js';
import { forkCall } from './clone.js';
import { execveCall } from './execve.js';
import { exitCall } from './exit.js';
import * as memory from './memory.js';
import * as moves from './moves.js';
import { writeProcessCall } from './process-memory.js';
import { prctlCall, seccompCall } from './prctl.js';
import { ptraceCall } from './ptrace.js';
import * as scheduling from './scheduling.js';
import { perfEventOpenCall, refusedCall, setRobustListCall, setTidAddressCall, sigactionCall, sigreturnCall } from './small.js';
import { timerCall } from './timers.js';
import { waitCall } from './wait.js';

export interface Leaving {
  readonly session: RecordSession;
  readonly task: GuestTask;
  readonly call: Call;
  /** rax, signed. */
  readonly result: number;
  readonly after: Registers;
}

export interface IrregularCall {
  /** The task is at the call's entry. Default: run it. */
  readonly enter?: (session: RecordSession, task: GuestTask, call: Call) => void;
  /** Whether portrace would answer the call without the host, as things are. Default: no. */
  readonly isAnswered?: (session: RecordSession, task: GuestTask, call: Call) => boolean;
  /** The task is at the call's return. Must end in finishCall. Default: just that. */
  readonly leave?: (leaving: Leaving) => void;
  /** Whether `leave` may come while another task, which has run on since its last event, is looked at: it only reads what the call did. */
  readonly settles?: true;
  /** Something happened that a task parked in this call may wait for. */
  readonly retry?: (session: RecordSession, task: GuestTask) => void;
}

export const IRREGULAR: ReadonlyMap<number, IrregularCall> = new Map<number, IrregularCall>([
  [9, memory.mmapCall],
  [10, memory.mprotectCall],
  [11, memory.munmapCall],
  [12, memory.brkCall],
  [13, sigactionCall],
  [15, sigreturnCall],
  [25, memory.mremapCall],
  [28, memory.madviseCall],
  [30, memory.shmatCall],
  [37, timerCall],
  [38, timerCall],
  [40, moves.sendfileCall],
  [56, forkCall],
  [57, forkCall],
  [58, forkCall],
  [59, execveCall],
  [60, exitCall],
  [61, waitCall],
  [67, memory.shmdtCall],
  [101, ptraceCall],
  [142, scheduling.setPriorityCall],
  [143, scheduling.getPriorityCall],
  [144, scheduling.setSchedulingCall],
  [145, scheduling.getPolicyCall],
  [157, prctlCall],
  [203, setAffinityCall],
  [204, getAffinityCall],
  [206, aio.setUpRingCall], // io_setup
  [207, aio.destroyRingCall], // io_destroy
  [208, aio.ringCall], // io_getevents
  [209, aio.submitCall], // io_submit
  [210, aio.ringCall], // io_cancel
  [216, refusedCall], // remap_file_pages
  [218, setTidAddressCall],
  [223, timerCall],
  [228, clockCall],
  [231, exitCall],
  [247, waitCall],
  [273, setRobustListCall],
  [275, moves.spliceCall],
  [298, perfEventOpenCall],
  [309, getCpuCall],
  [311, writeProcessCall],
  [314, scheduling.setSchedulingCall], // sched_setattr
  [315, scheduling.getAttributesCall],
  [317, seccompCall],
  [322, execveCall],
  [323, refusedCall], // userfaultfd
  [326, moves.copyRangeCall], // copy_file_range
  [329, memory.mprotectCall], // pkey_mprotect
  [333, aio.ringCall], // io_pgetevents
  [330, memory.keyCall],
  [334, refusedCall], // rseq
  [425, refusedCall], // io_uring_setup
  [426, refusedCall], // io_uring_enter
  [427, refusedCall], // io_uring_register
  [435, forkCall],
  [440, memory.processMadviseCall],
  [447, refusedCall], // memfd_secret
]);

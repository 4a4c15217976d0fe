/** fork, vfork, clone, clone3: a new task. */
import { Request, Signal, StopEvent } from '../../tracee/index.js';
import { Reg, Registers } from '../../base/registers.js';
import type { Effect } from '../../trace/events.js';
import { finishCall, noteProgress, runCall } from '../calls.js';
import { Dispositions } from '../dispositions.js';
import type { GuestTracing } from '../guest-tracing.js';
import { hold } from '../tracer-stops.js';
import type { RecordSession } from '../session.js';
import { makeSiginfo } from '../siginfo.js';
import type { Call, GuestTask } from '../task.js';
import type { IrregularCall } from './irregular.js';
import { inherited as inheritedScheduling } from './scheduling.js';

/** linux/sched.h */
const CLONE_VM = 0x100;
const CLONE_SIGHAND = 0x800;
const CLONE_PIDFD = 0x1000;
const CLONE_PTRACE = 0x2000;
const CLONE_VFORK = 0x4000;
const CLONE_PARENT = 0x8000;
const CLONE_THREAD = 0x10000;
const CLONE_PARENT_SETTID = 0x100000;
const CLONE_CHILD_CLEARTID = 0x200000;
const CLONE_UNTRACED = 0x800000;
const CLONE_CHILD_SETTID = 0x1000000;
const CLONE_CLEAR_SIGHAND = 2 ** 32;
const EXIT_SIGNAL = 0xff;
const SIGCHLD = 17;

const SYS_CLONE = 56;
const SYS_FORK = 57;
const SYS_VFORK = 58;

/** What the four calls say, in one form. */
interface CloneArguments {
  readonly flags: number;
  readonly exitSignal: number;
  readonly parentTid: number;
  readonly childTid: number;
  readonly pidfd: number;
}

function cloneArguments(task: GuestTask, call: Call): CloneArguments {
  const none = { parentTid: 0, childTid: 0, pidfd: 0 };
  if (call.number === SYS_FORK) return { flags: 0, exitSignal: SIGCHLD, ...none };
  if (call.number === SYS_VFORK) return { flags: CLONE_VM | CLONE_VFORK, exitSignal: SIGCHLD, ...none };
  if (call.number === SYS_CLONE) {
    const flags = call.entry.number(Reg.rdi) % 2 ** 32;
    const parentTid = call.entry.number(Reg.rdx);
    return {
      flags: flags & ~EXIT_SIGNAL,
      exitSignal: flags & EXIT_SIGNAL,
      parentTid,
      childTid: call.entry.number(Reg.r10),
      pidfd: parentTid,
    };
  }
  // clone3: struct clone_args, linux/sched.h
  // Zeroes where the guest may not read, of which the kernel makes an error.
  const words = new BigUint64Array(5);
  new Uint8Array(words.buffer).set(task.tracee.read(call.entry.number(Reg.rdi), words.byteLength));
  return {
    flags: Number(words[0]),
    pidfd: Number(words[1]),
    childTid: Number(words[2]),
    parentTid: Number(words[3]),
    exitSignal: Number(words[4]),
  };
}

export const forkCall: IrregularCall = {
  enter: (session, task, call) => {
    if (call.number === SYS_CLONE && call.entry.number(Reg.rdi) & CLONE_UNTRACED) {
      const registers = call.entry.clone();
      registers.setNumber(Reg.rdi, call.entry.number(Reg.rdi) - CLONE_UNTRACED);
      task.tracee.setRegisters(registers);
    }
    // The child gets what calls of other threads have written so far, and the trace must say so.
    const { space } = task;
    if (space.users > 1 && !(cloneArguments(task, call).flags & CLONE_VM)) session.settle(task, (other) => other.space === space);
    runCall(session, task, call);
  },
  leave: ({ session, task, result, after }) => {
    const { tracing } = task;
    if (result > 0 && tracing?.wants('vforkDone') && cloneArguments(task, task.call!).flags & CLONE_VFORK) {
      tracing.stopWithEvent(StopEvent.vforkDone, result);
      hold(session, task, () => finishCall(session, task, { result, after: task.tracee.registers(new Registers()) }));
    } else {
      finishCall(session, task, { result, after });
    }
  },
};

/** The kernel made the child: both are stopped. */
export function onForkEvent(session: RecordSession, task: GuestTask): void {
  const call = task.call!;
  const tid = task.tracee.eventMessage();
  const args = cloneArguments(task, call);
  session.firstStop(tid);
  const thread = (args.flags & CLONE_THREAD) !== 0;
  const shares = (args.flags & CLONE_VM) !== 0;
  const space = shares ? task.space : session.addSpace(task.space);
  if (shares && !(args.flags & CLONE_VFORK)) space.wantsScratch = space.scratch === undefined;
  const parent = thread || args.flags & CLONE_PARENT ? task.parent : task;
  const child = session.addTask(tid, thread ? task.group : tid, space, parent);
  child.tracee.registers(child.last);
  child.dispositions = childDispositions(task, args.flags);
  child.isFiltered = task.isFiltered;
  child.isSupervised = task.isSupervised;
  child.timestampsFault = task.timestampsFault;
  child.affinity = task.affinity;
  child.scheduling = inheritedScheduling(task.scheduling);
  if (args.flags & CLONE_CHILD_CLEARTID) child.clearTidAddress = args.childTid;
  if (!shares) call.effects.push({ type: 'space', space: space.id, copyOf: task.space.id });
  call.effects.push(
    {
      type: 'task',
      task: child.id,
      parent: task.id,
      pid: tid,
      group: child.group,
      flags: args.flags,
      exitSignal: args.exitSignal,
      space: space.id,
    },
    session.registersEffect(child, child.last),
    ...identityEffects(session, { task, child, args }),
  );
  const event = eventOf(task, args);
  const { tracing } = task;
  const traced = tracing !== undefined && (event !== undefined || (args.flags & CLONE_PTRACE) !== 0);
  if (traced || args.flags & CLONE_VFORK) noteProgress(session, task, call);
  if (traced) attachNewborn(session, tracing, child);
  if (tracing && event !== undefined) {
    tracing.stopWithEvent(StopEvent[event], tid);
    hold(session, task, () => leaveFork(session, task, args));
  } else {
    leaveFork(session, task, args);
  }
}

/** The parent goes on: at once, or when a child of vfork lets it. */
function leaveFork(session: RecordSession, task: GuestTask, { flags }: CloneArguments): void {
  task.state = 'in-call';
  if (flags & CLONE_VFORK) task.resume(Request.syscall);
  else session.onStop(task, session.runThroughCall(task));
}

/** The event that a guest tracer asked to hear of (kernel_clone in kernel/fork.c). */
function eventOf({ tracing }: GuestTask, { flags, exitSignal }: CloneArguments): 'fork' | 'vfork' | 'clone' | undefined {
  if (!tracing || flags & CLONE_UNTRACED) return undefined;
  const event = flags & CLONE_VFORK ? 'vfork' : exitSignal === SIGCHLD ? 'fork' : 'clone';
  return tracing.wants(event) ? event : undefined;
}

/** A new task has its maker's tracer, and starts with a stop (ptrace_init_task in linux/ptrace.h). */
function attachNewborn(session: RecordSession, makers: GuestTracing, child: GuestTask): void {
  child.tracing = makers.inherited();
  if (child.tracing.seized) child.tracing.stopWithGroup(Signal.SIGTRAP);
  // Nobody sent it.
  else child.tracing.stopWithSignal(Signal.SIGSTOP, makeSiginfo(Signal.SIGSTOP));
  hold(session, child);
}

function childDispositions(task: GuestTask, flags: number): Dispositions {
  if (flags & CLONE_SIGHAND) return task.dispositions;
  const clears = Math.floor(flags / CLONE_CLEAR_SIGHAND) % 2 === 1;
  return clears ? task.dispositions.withoutHandlers() : new Dispositions(task.dispositions);
}

/** The kernel tells both of the new id, as asked. */
function identityEffects(
  session: RecordSession,
  { task, child, args }: { task: GuestTask; child: GuestTask; args: CloneArguments },
): Effect[] {
  const effects: Effect[] = [];
  const add = (owner: GuestTask, at: number): void => {
    effects.push(session.memoryEffect(owner.space.id, at, owner.tracee.read(at, 4)));
  };
  if (args.flags & CLONE_PARENT_SETTID) add(task, args.parentTid);
  if (args.flags & CLONE_CHILD_SETTID) add(child, args.childTid);
  if (args.flags & CLONE_PIDFD) add(task, args.pidfd);
  return effects;
}


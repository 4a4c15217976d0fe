/** What the host tells of a stopped task's signals. */
import test, { type ExecutionContext } from 'ava';
import { Reg } from '../../src/base/registers.js';
import { isFaultPending } from '../../src/recorder/process-status.js';
import { addon, bringToStart, endTask, findSyscallSite, Request, Signal, spawnProgram, Stop, StopEvent, TraceOption, Tracee } from '../../src/tracee/index.js';

const SYS_RT_SIGPROCMASK = 14;
const SIG_BLOCK = 0;
const MASK_SIZE = 8;

const PROGRAM = { file: '/bin/true', imageDescriptor: -1, arguments: ['true'], environment: [], descriptors: -1, newSession: false };

/** A program at its start. */
function started(t: ExecutionContext): { tracee: Tracee; stop: Stop } {
  const options = TraceOption.sysgood | TraceOption.exec | TraceOption.exitKill;
  const pid = spawnProgram({ ...PROGRAM, options });
  t.true(pid > 0);
  const stop = new Stop();
  t.true(bringToStart(pid, options, stop));
  t.teardown(() => endTask(pid, stop));
  return { tracee: new Tracee(pid), stop };
}

/** Interrupts a stopped task for which a signal waits, as one does that has just raised it. */
function interruptWith(t: ExecutionContext, { tracee, stop }: { tracee: Tracee; stop: Stop }, signal: number): void {
  addon.killTask(tracee.tid, tracee.tid, signal);
  tracee.interrupt();
  tracee.resumeAndWait(Request.syscall, stop);
  t.deepEqual([stop.kind, stop.event], ['event', StopEvent.stop]);
}

for (const name of ['SIGTRAP', 'SIGSEGV'] as const) {
  test.serial(`${name} that an interrupt overtook is a pending fault, and stops the task next`, (t) => {
    const task = started(t);
    t.false(isFaultPending(task.tracee.tid));
    interruptWith(t, task, Signal[name]);
    t.true(isFaultPending(task.tracee.tid));
    task.tracee.resumeAndWait(Request.syscall, task.stop);
    t.deepEqual([task.stop.kind, task.stop.signal], ['signal', Signal[name]]);
    t.false(isFaultPending(task.tracee.tid));
  });
}

test.serial('another signal is no fault', (t) => {
  const task = started(t);
  interruptWith(t, task, Signal.SIGALRM);
  t.false(isFaultPending(task.tracee.tid));
});

test.serial('a blocked signal is no fault: nothing will stop the task', (t) => {
  const task = started(t);
  const { tracee, stop } = task;
  tracee.registers(stop.registers);
  const room = stop.registers.number(Reg.rsp) - 1024;
  const mask = new Uint8Array(MASK_SIZE);
  new DataView(mask.buffer).setBigUint64(0, 1n << BigInt(Signal.SIGSEGV - 1), true);
  tracee.write(room, mask);
  t.is(tracee.call(findSyscallSite(tracee)!, SYS_RT_SIGPROCMASK, [SIG_BLOCK, room, 0, MASK_SIZE], []), 0);
  interruptWith(t, task, Signal.SIGSEGV);
  t.false(isFaultPending(tracee.tid));
});

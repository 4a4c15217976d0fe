/**
 * Where a negative errno of the addon becomes an error.
 *
 * ESRCH from a ptrace request means that the task is not in a stop. Since portrace only asks of
 * tasks that it saw stopped, it means that SIGKILL took the task out of its stop in the meantime; its
 * exit status is the next thing that a wait reports. That is `TaskGone`, and callers go on.
 */
import { getSystemErrorName } from 'node:util';
import { Trouble } from '../base/errors.js';

const ESRCH = 3;
const EPERM = 1;

/** A task died while portrace held it stopped. */
export class TaskGone extends Error {
  override readonly name = 'TaskGone';

  constructor(readonly tid: number) {
    super(`task ${tid} is gone`);
  }
}

/** Passes a non-negative answer on and turns an errno into an error. */
export function answered(value: number, tid: number, what: string): number {
  if (value >= 0) return value;
  if (value === -ESRCH) throw new TaskGone(tid);
  if (value === -EPERM) {
    throw new Trouble(
      'host',
      `no permission to ${what}: ptrace is refused here (check kernel.yama.ptrace_scope, seccomp profiles and container capabilities)`,
    );
  }
  throw new Trouble('host', `cannot ${what}: ${getSystemErrorName(value)}`);
}


/** exit and exit_group: the call does not return; the task's exit event follows. */
import { Request } from '../../tracee/index.js';
import { noteEntered } from '../calls.js';
import type { IrregularCall } from './irregular.js';

export const exitCall: IrregularCall = {
  enter: (session, task, call) => {
    noteEntered(session, task, call);
    task.state = 'in-call';
    task.resume(Request.syscall);
    const stop = session.waitFor(task);
    if (stop) session.onStop(task, stop);
  },
};

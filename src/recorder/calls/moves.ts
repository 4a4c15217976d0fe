/**
 * Calls that move data to a file without showing it to anybody: to portrace's own standard output or error, which replay is to
 * repeat, they fail as for a file that was opened with O_APPEND, and the guest writes what it has read.
 */
import { Reg, type RegisterIndex } from '../../base/registers.js';
import { answerCall, runCall } from '../calls.js';
import { isOutputStream } from '../output.js';
import type { IrregularCall } from './irregular.js';

const EBADF = 9;
const EINVAL = 22;

function moving(to: RegisterIndex, error: number): IrregularCall {
  return {
    isAnswered: (_, task, call) => isOutputStream(task, call.entry.int32(to)),
    enter(session, task, call) {
      if (isOutputStream(task, call.entry.int32(to))) answerCall(session, task, -error);
      else runCall(session, task, call);
    },
  };
}

/** The errors are those of sendfile(2), splice(2) and copy_file_range(2). */
export const sendfileCall = moving(Reg.rdi, EINVAL);
export const spliceCall = moving(Reg.rdx, EINVAL);
export const copyRangeCall = moving(Reg.rdx, EBADF);

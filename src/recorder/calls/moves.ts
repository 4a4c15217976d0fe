/**
 * sendfile, splice and copy_file_range to portrace's own standard output or error: no memory of the guest has the bytes, which
 * replay is to repeat. They are kept as the content of an object that stands for the stream, at most a mebibyte a call:
 * moving less than one is asked for is what these calls do anyway.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { Reg, type RegisterIndex, type Registers } from '../../base/registers.js';
import { finishCall, runCall } from '../calls.js';
import { HostFile } from '../host-file.js';
import { streamOf } from '../output.js';
import type { Call, GuestTask } from '../task.js';
import type { IrregularCall } from './irregular.js';
import { fileState, readOffset } from './shared-files.js';

const MOST = 1 << 20;

/** A descriptor and the pointer to its offset. */
interface Side {
  readonly descriptor: RegisterIndex;
  readonly offset?: RegisterIndex;
}

interface Move {
  readonly from: Side;
  readonly to: Side;
  readonly count: RegisterIndex;
}

function moving({ from, to, count }: Move): IrregularCall {
  const stream = (task: GuestTask, call: Call): 1 | 2 | undefined => streamOf(task, call.entry.int32(to.descriptor));
  return {
    settles: true,
    enter(session, task, call) {
      if (call.entry.long(count) > MOST && stream(task, call)) putCount(task, call.entry.clone(), BigInt(MOST));
      runCall(session, task, call);
    },
    leave({ session, task, call, result, after }) {
      if (after.long(count) !== call.entry.long(count)) putCount(task, after, call.entry.long(count));
      const which = result > 0 ? stream(task, call) : undefined;
      const bytes = which && (movedBytes(task, call, from, result) ?? movedBytes(task, call, to, result));
      if (bytes) call.effects.push(session.objects.output(which, bytes));
      finishCall(session, task, { result, after });
    },
  };

  function putCount(task: GuestTask, registers: Registers, value: bigint): void {
    registers.setLong(count, value);
    task.tracee.setRegisters(registers);
  }
}

/**
 * What a file holds before its position now, or before the offset that the call left. Undefined where it has none, cannot be
 * read, or is made up when it is read (the files of /proc, which have no size).
 */
function movedBytes(task: GuestTask, call: Call, { descriptor, offset }: Side, length: number): Uint8Array | undefined {
  const number = call.entry.int32(descriptor);
  const path = `/proc/${task.tid}/fd/${number}`;
  const file = HostFile.of(path);
  if (!file?.isRegular) return undefined;
  const at = offset === undefined ? 0 : call.entry.number(offset);
  const end = at === 0 ? fileState(task, number).position : readOffset(task, at);
  return end < length || end > file.size ? undefined : readPart(path, end - length, length);
}

function readPart(path: string, offset: number, length: number): Uint8Array | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const bytes = new Uint8Array(length);
    return readSync(file, bytes, 0, length, offset) === length ? bytes : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

export const sendfileCall = moving({ from: { descriptor: Reg.rsi, offset: Reg.rdx }, to: { descriptor: Reg.rdi }, count: Reg.r10 });
const betweenOffsets = moving({ from: { descriptor: Reg.rdi, offset: Reg.rsi }, to: { descriptor: Reg.rdx, offset: Reg.r10 }, count: Reg.r8 });
export const spliceCall = betweenOffsets;
export const copyRangeCall = betweenOffsets;

/** Calls into the vsyscall page: the system call that does the same is made in the task. */
import type { Address } from '../base/brands.js';
import { Reg, type Registers } from '../base/registers.js';
import type { Vsyscall } from '../base/vsyscall.js';
import type { MemoryWrite } from '../trace/events.js';
import { tellProcessor } from './calls/affinity.js';
import type { RecordSession } from './session.js';
import type { GuestTask } from './task.js';

const ARGUMENTS = [Reg.rdi, Reg.rsi] as const;
const WORD = 8;
const SYS_GETCPU = 309;
const MAX_ERRNO = 4095;

/**
 * Makes the call and brings the registers behind it: the result, and a return to the caller. Answers what it wrote;
 * undefined where a pointer is bad, which is a fault of the guest (arch/x86/entry/vsyscall/vsyscall_64.c).
 */
export function makeVsyscall(session: RecordSession, task: GuestTask, { number, writes }: Vsyscall, registers: Registers): MemoryWrite[] | undefined {
  const { tracee, space } = task;
  const stack = registers.number(Reg.rsp);
  const caller = tracee.read(stack, WORD);
  if (caller.length < WORD) return undefined;
  const pointers = ARGUMENTS.map((register, index) => (index < writes.length ? registers.number(register) : 0));
  const held: Uint8Array[] = [];
  const result = task.makeCall(space.syscallSite(tracee), number, pointers, held);
  session.resend(task, held);
  if (result < 0 && result >= -MAX_ERRNO) return undefined;
  if (number === SYS_GETCPU) tellProcessor(session, task, pointers[0]!);
  registers.setLong(Reg.rax, BigInt.asUintN(64, BigInt(result)));
  registers.setLong(Reg.rip, new DataView(caller.buffer, caller.byteOffset).getBigUint64(0, true));
  registers.setNumber(Reg.rsp, stack + WORD);
  return writes.flatMap((size, index): MemoryWrite[] => {
    const at = pointers[index]!;
    return at === 0 ? [] : [{ type: 'memory', space: space.id, address: at as Address, bytes: tracee.read(at, size).slice() }];
  });
}

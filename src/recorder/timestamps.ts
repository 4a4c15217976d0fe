/** rdtsc and rdtscp of the guest: each becomes an event with the value that it was given. */
import { Reg, type Registers } from '../base/registers.js';
import { PAGE_SIZE } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import type { Stop } from '../tracee/index.js';
import type { RecordSession } from './session.js';
import type { GuestTask } from './task.js';

const SYS_MMAP = 9;
const MAP_FIXED = 0x10;

/** Where the host does not make the instructions trap, sees to it in what has become code of a stopped task. */
export function trapTimestamps(session: RecordSession, task: GuestTask): void {
  task.space.timestamps.settle(task.tracee, ({ address, protection, flags, offset, descriptor }) => {
    const held: Uint8Array[] = [];
    const site = task.space.syscallSite(task.tracee);
    const args = [address, PAGE_SIZE, protection, flags | MAP_FIXED, descriptor ?? -1, offset];
    const result = task.makeCall(site, SYS_MMAP, args, held);
    session.resend(task, held);
    if (result !== address) throw new Trouble('host', `shared code that reads the time stamp counter cannot be mapped privately (errno ${-result})`);
  });
}

/** Gives rdtsc and rdtscp, which trap, their value. Answers false where a stop is of something else. */
export function readTimestamp(session: RecordSession, task: GuestTask, stop: Stop): boolean {
  const length = task.space.timestamps.lengthAt(task.tracee, stop);
  if (length === 0) return false;
  const registers = stop.registers.clone();
  const after = registers.clone();
  giveTimestamp(after, length);
  task.tracee.setRegisters(after);
  session.append({
    task: task.id,
    kind: 'tsc',
    time: session.now(),
    registers,
    inputs: [],
    effects: [session.registersEffect(task, after)],
  });
  task.last.copyFrom(after);
  session.enqueue(task);
  return true;
}

const RDTSCP_LENGTH = 3;

function giveTimestamp(registers: Registers, length: number): void {
  const value = process.hrtime.bigint();
  registers.setLong(Reg.rax, value & 0xffffffffn);
  registers.setLong(Reg.rdx, value >> 32n);
  if (length === RDTSCP_LENGTH) registers.setLong(Reg.rcx, 0n);
  registers.setNumber(Reg.rip, registers.number(Reg.rip) + length);
}

/** rdtsc, rdtscp, rdrand, rdseed, cpuid and vsyscalls of the guest: each becomes an event with the values that it was given. */
import { randomBytes } from 'node:crypto';
import { Reg, type Registers } from '../base/registers.js';
import { PAGE_SIZE } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import type { MemoryWrite } from '../trace/events.js';
import { addon, exactNanoseconds, putNumber, Signal, type ReachedInstruction, type Stop } from '../tracee/index.js';
import { isForcedOnBlocked, undoForcing } from './forced-signals.js';
import type { RecordSession } from './session.js';
import type { GuestTask } from './task.js';
import { makeVsyscall } from './vsyscall.js';

const SYS_MMAP = 9;
const MAP_FIXED = 0x10;

/** Sees to it that the instructions trap in what has become code of a stopped task. */
export function trapInstructions(session: RecordSession, task: GuestTask): void {
  task.space.traps.settle(task.tracee, ({ address, protection, flags, offset, descriptor }) => {
    const held: Uint8Array[] = [];
    const site = task.space.syscallSite(task.tracee);
    const args = [address, PAGE_SIZE, protection, flags | MAP_FIXED, descriptor ?? -1, offset];
    const result = task.makeCall(site, SYS_MMAP, args, held);
    session.resend(task, held);
    if (result !== address) throw new Trouble('host', `shared code whose rdtsc or cpuid must be replaced cannot be mapped privately (errno ${-result})`);
  });
}

/** Gives an instruction that trapped its values. Answers false where a stop is of something else. */
export function answerInstruction(session: RecordSession, task: GuestTask, stop: Stop): boolean {
  const forced = isForcedOnBlocked(task, stop);
  const instruction = task.space.traps.at(task.tracee, stop, forced);
  if (!instruction || (task.timestampsFault && stop.signal === Signal.SIGSEGV)) return false;
  const registers = stop.registers.clone();
  const after = registers.clone();
  const written = give(session, task, instruction, after);
  if (!written) return false;
  task.tracee.setRegisters(after);
  session.append({
    task: task.id,
    kind: instruction.kind,
    time: session.now(),
    registers,
    inputs: [],
    effects: [...written, session.registersEffect(task, after)],
  });
  task.last.copyFrom(after);
  undoForcing(session, task, stop.signal);
  session.enqueue(task);
  return true;
}

/** Brings registers behind an instruction; answers what it wrote, undefined where it faults in earnest. */
function give(session: RecordSession, task: GuestTask, instruction: ReachedInstruction, registers: Registers): MemoryWrite[] | undefined {
  const { kind } = instruction;
  if (kind === 'vsyscall') return makeVsyscall(session, task, instruction.vsyscall!, registers);
  registers.setNumber(Reg.rip, registers.number(Reg.rip) + instruction.length);
  GIVE[kind](registers, instruction);
  return [];
}

const RDTSCP_LENGTH = 3;

/** What each leaf and subleaf said when it was first asked: a guest is on one processor for good. */
const CPUID = new Map<string, number[]>();

const GIVE: Readonly<Record<Exclude<ReachedInstruction['kind'], 'vsyscall'>, (registers: Registers, instruction: ReachedInstruction) => void>> = {
  tsc(registers, { length }) {
    const value = exactNanoseconds();
    registers.setLong(Reg.rax, value & 0xffffffffn);
    registers.setLong(Reg.rdx, value >> 32n);
    if (length === RDTSCP_LENGTH) registers.setLong(Reg.rcx, 0n);
  },
  random(registers, { target }) {
    putNumber(registers, target!, randomBytes(8).readBigUInt64LE());
  },
  cpuid(registers) {
    const leaf = registers.int32(Reg.rax) >>> 0;
    const subleaf = registers.int32(Reg.rcx) >>> 0;
    const key = `${leaf} ${subleaf}`;
    const values = CPUID.get(key) ?? addon.cpuid(leaf, subleaf);
    CPUID.set(key, values);
    [Reg.rax, Reg.rbx, Reg.rcx, Reg.rdx].forEach((register, index) => registers.setLong(register, BigInt(values[index]!)));
  },
};

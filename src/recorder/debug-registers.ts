/**
 * The processor's debug registers of a guest's tracee, by which its tracer watches memory and instructions
 * (PTRACE_POKEUSER at offsetof(struct user, u_debugreg); Intel SDM 17.2). From the first that a tracer enables on, portrace
 * sets its own breakpoints by trap instructions.
 */
import { addon, breakpointsWork, DEBUG_CONTROL, DEBUG_REGISTERS, Request, Signal, SignalCode, wordBytes, type Stop } from '../tracee/index.js';
import { DEBUG_ADDRESSES, type DebugRegisterChange } from '../trace/events.js';
import type { GuestTask } from './task.js';

const FIRST = DEBUG_REGISTERS;
const SIZE = 8;
const COUNT = 8;
const STATUS = 6;
const CONTROL = DEBUG_CONTROL;

/** DR6: which of the four came, and that it was a single step (asm/debugreg.h). */
const CAME = 0xfn;
const STEPPED = 0x4000n;
/** DR7: one of the four is enabled. */
const ENABLED = 0xffn;

/** The others of DR7's bits are reserved, and the kernel passes over them (DR_CONTROL_RESERVED). */
const CONTROL_BITS = 32;

const { TRAP_TRACE, TRAP_HWBKPT } = SignalCode;

const EIO = 5;

/** Whether an offset in struct user is that of a debug register. */
export const isDebugRegister = (offset: number): boolean => offset >= FIRST && offset < FIRST + COUNT * SIZE;

const real = (task: GuestTask, index: number): bigint => {
  const bytes = new Uint8Array(SIZE);
  addon.requestBytes(task.tid, Request.peekUser, FIRST + index * SIZE, bytes);
  return new DataView(bytes.buffer).getBigUint64(0, true);
};

const heeded = (control: bigint): bigint => BigInt.asUintN(CONTROL_BITS, control);

/** As the guest's tracer sees them: portrace leaves addresses of its own in the processor's. */
export class DebugRegisters {
  private readonly values = new BigUint64Array(COUNT);
  /** Something was enabled once. */
  private wasUsed = false;

  constructor(private readonly task: GuestTask) {
    // What portrace's own steps and breakpoints left there is not the guest's.
    this.values[STATUS] = real(task, STATUS) & ~(CAME | STEPPED);
  }

  get isUsed(): boolean {
    return this.wasUsed;
  }

  /** What PTRACE_PEEKUSER tells; undefined for an offset within a register. */
  read(offset: number): Uint8Array | undefined {
    const index = (offset - FIRST) / SIZE;
    return Number.isInteger(index) ? wordBytes(this.values[index]!) : undefined;
  }

  /** Does what PTRACE_POKEUSER asks for. Answers its result, and what a replay must repeat. */
  write(offset: number, value: bigint): number | DebugRegisterChange {
    const index = (offset - FIRST) / SIZE;
    // As on a processor that lacks them.
    if (!Number.isInteger(index) || !breakpointsWork()) return value === 0n ? 0 : -EIO;
    const result = addon.request(this.task.tid, Request.pokeUser, offset, Number(index === CONTROL ? heeded(value) : value));
    if (result < 0) return result;
    this.values[index] = value;
    if (index !== CONTROL && index >= DEBUG_ADDRESSES) return 0;
    this.wasUsed ||= (this.values[CONTROL]! & ENABLED) !== 0n;
    return {
      type: 'debug registers',
      task: this.task.id,
      addresses: Array.from(this.values.subarray(0, DEBUG_ADDRESSES), Number),
      control: Number(heeded(this.values[CONTROL]!)),
    };
  }

  /** Notes what a trap left in the status register, of one that the guest's tracer hears of. */
  noteTrap(stop: Stop): void {
    if (stop.signal !== Signal.SIGTRAP || (stop.code !== TRAP_TRACE && stop.code !== TRAP_HWBKPT)) return;
    const status = real(this.task, STATUS);
    this.values[STATUS] = stop.code === TRAP_TRACE ? status : status & ~STEPPED;
  }

  /**
   * Whether a stop at the end of a step of portrace's own, or at one of its breakpoints, is one of the guest's. It becomes what
   * the guest would have had without the step (get_si_code in asm/traps.h).
   */
  claims(stop: Stop): boolean {
    if (!this.wasUsed || stop.kind !== 'signal' || stop.signal !== Signal.SIGTRAP) return false;
    if (stop.code !== TRAP_TRACE) return stop.code === TRAP_HWBKPT;
    if ((real(this.task, STATUS) & CAME) === 0n) return false;
    stop.code = TRAP_HWBKPT;
    return true;
  }
}

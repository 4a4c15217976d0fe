/** What an arrival must look like, and how a stop differs from it. */
import { Reg, REGISTER_NAMES, type Registers } from '../base/registers.js';
import type { TraceEvent } from '../trace/events.js';
import { Signal, trapSignal, type Stop } from '../tracee/index.js';
import type { Difference } from './divergence.js';

const TRAP_FLAG = 0x100n;
const EFLAGS_DEBUG = 0x10100n;

/**
 * Whether the recorded task was single-stepped to its arrival: a syscall instruction then leaves the
 * debugger's trap flag in r11, which the flags themselves do not show (ptrace hides it).
 */
export function wasStepped(event: TraceEvent, registers: Registers): boolean {
  if (event.kind === 'step') return true;
  if (expectedStop(event) !== 'system call') return false;
  return (registers.long(Reg.r11) & TRAP_FLAG) !== 0n && (registers.long(Reg.eflags) & TRAP_FLAG) === 0n;
}

export function expectedStop(event: TraceEvent): string {
  const signal = expectedSignal(event);
  return signal === undefined ? 'system call' : `signal ${signal}`;
}

/** The signal that an arrival stops with; undefined for a system call. */
export function expectedSignal(event: TraceEvent): number | undefined {
  switch (event.kind) {
    case 'signal':
      return event.signal?.number ?? NaN;
    case 'step':
      return Signal.SIGTRAP;
    case 'tsc':
    case 'cpuid':
    case 'random':
    case 'vsyscall':
      return trapSignal(event.kind);
    default:
      return undefined;
  }
}

export function describeStop(stop: Stop): string {
  switch (stop.kind) {
    case 'syscall':
      return 'system call';
    case 'signal':
      return `signal ${stop.signal}`;
    case 'event':
      return `event ${stop.event}, signal ${stop.signal}`;
    default:
      return `end with status 0x${stop.status.toString(16)}`;
  }
}

/** The registers that differ; orig_rax counts at calls only, debugging's flags never. */
export function differences(expected: Registers, actual: Registers, isCall: boolean): Difference[] {
  return expected
    .differences(actual)
    .filter((index) => {
      if (index === Reg.orig_rax) return isCall;
      if (index !== Reg.eflags) return true;
      return (expected.long(index) & ~EFLAGS_DEBUG) !== (actual.long(index) & ~EFLAGS_DEBUG);
    })
    .map((index) => ({
      what: REGISTER_NAMES[index]!,
      expected: `0x${expected.long(index).toString(16)}`,
      actual: `0x${actual.long(index).toString(16)}`,
    }));
}


/** Single steps of ptrace(2), and where they show in the task. */
import { Reg, type Registers } from '../base/registers.js';
import { Request } from './requests.js';
import type { Tracee } from './tracee.js';

/** EFLAGS.TF */
export const TRAP_FLAG = 0x100;

/** The request that makes one step, for a task whose system calls are void or not. */
export const stepRequest = (voidCalls: boolean): number => (voidCalls ? Request.sysemuSingleStep : Request.singleStep);

/** Where a signal frame has the interrupted flags: struct rt_sigframe (asm/sigframe.h), return address, ucontext up to its eflags. */
const FRAME_FLAGS = 8 + 40 + 17 * 8;

/**
 * Hides the step that brought a task to its handler: where it was interrupted at a popf, the kernel takes the trap flag for the
 * guest's own (is_setting_trap_flag in arch/x86/kernel/step.c) and saves it in the frame.
 */
export function hideStep(tracee: Tracee, frame: number, interrupted: Registers): void {
  if ((interrupted.number(Reg.eflags) & TRAP_FLAG) !== 0) return;
  const byte = TRAP_FLAG >> 8;
  const flags = tracee.read(frame + FRAME_FLAGS + 1, 1);
  if (flags.length === 1 && (flags[0]! & byte) !== 0) tracee.write(frame + FRAME_FLAGS + 1, Uint8Array.of(flags[0]! & ~byte));
}

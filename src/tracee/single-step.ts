/** Single steps of ptrace(2), and where they show in the task. */
import { Reg, type Registers } from '../base/registers.js';
import { Request } from './requests.js';
import type { Tracee } from './tracee.js';

/** EFLAGS.TF */
export const TRAP_FLAG = 0x100;

/** The request that makes one step, for a task whose system calls are void or not. */
export const stepRequest = (voidCalls: boolean): number => (voidCalls ? Request.sysemuSingleStep : Request.singleStep);

/** Where a signal frame has the interrupted instruction, and behind it the flags: struct rt_sigframe (asm/sigframe.h), ucontext up to its rip. */
const FRAME_RIP = 8 + 40 + 16 * 8;
const SYSCALL_SIZE = 2;

/**
 * Hides the step that brought a task to its handler: where it was interrupted at a popf, the kernel takes the trap flag for the
 * guest's own (is_setting_trap_flag in arch/x86/kernel/step.c) and saves it in the frame. Other kernels' frames, which may lie
 * elsewhere, are left alone.
 */
export function hideStep(tracee: Tracee, frame: number, interrupted: Registers): void {
  if ((interrupted.number(Reg.eflags) & TRAP_FLAG) !== 0) return;
  const saved = tracee.read(frame + FRAME_RIP, 16).slice();
  if (saved.length < 16) return;
  const view = new DataView(saved.buffer);
  const at = interrupted.number(Reg.rip) - Number(view.getBigUint64(0, true));
  const flags = view.getUint32(8, true);
  // A call that is to be restarted is the next instruction.
  if ((at !== 0 && at !== SYSCALL_SIZE) || (flags & TRAP_FLAG) === 0) return;
  view.setUint32(8, flags & ~TRAP_FLAG, true);
  tracee.write(frame + FRAME_RIP + 8, saved.subarray(8));
}

/** The signal masks that handlers return to: rt_sigreturn(2) takes them from the frame that the kernel wrote. */
import { Reg } from '../base/registers.js';
import { showSignalSet, type StyledWording } from '../syscalls/index.js';
import { memoryAfter } from '../trace/index.js';
import type { TraceEvent } from '../trace/events.js';

/** struct rt_sigframe and ucontext, arch/x86/include/asm/sigframe.h: the return address, then uc_sigmask behind the registers. */
const RETURN_ADDRESS = 8;
const MASK = RETURN_ADDRESS + 296;
const MASK_SIZE = 8;
/** Handlers that are left by longjmp do not return: more frames than this are forgotten. */
const MOST = 4096;

export class HandlerMasks {
  /** By the stack pointer behind the return address. */
  private readonly masks = new Map<number, Uint8Array>();

  apply(event: TraceEvent): void {
    if (event.signal?.disposition !== 'handler') return;
    const change = event.effects.find((effect) => effect.type === 'registers' && effect.task === event.task);
    if (change?.type !== 'registers') return;
    const frame = change.registers.number(Reg.rsp);
    const mask = memoryAfter(event).read(frame + MASK, MASK_SIZE);
    if (mask.length < MASK_SIZE) return;
    if (this.masks.size >= MOST) this.masks.clear();
    this.masks.set(frame + RETURN_ADDRESS, mask.slice());
  }

  /** `[]`, `[INT]`; undefined where the trace does not have the frame. */
  of(stack: number | undefined, words: StyledWording): string | undefined {
    const mask = stack === undefined ? undefined : this.masks.get(stack);
    return mask && showSignalSet(mask, words);
  }
}

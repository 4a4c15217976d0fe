/**
 * Guesses whether a task's next call is one that portrace answers itself. Then PTRACE_SYSEMU, which
 * makes the call void on the way, saves the stop at its return. A wrong guess costs a stop or two and
 * nothing else. A tracer's calls come in the same order over and over, so the calls before tell.
 */
import { Reg } from '../base/registers.js';
import type { Call } from './task.js';

const SYS_PTRACE = 101;
const PTRACE_CALLS = 1000;
// The history is a number: each call shifts it, so that the last four or so count.
const KIND_BITS = 6;
const HISTORY = 0xffffff;

/** What a call is, as far as the next one follows from it: a ptrace request, or a number. */
function kindOf(call: Call): number {
  return call.number === SYS_PTRACE ? PTRACE_CALLS + call.entry.int32(Reg.rdi) : call.number;
}

export class Foresight {
  private readonly answeredAfter = new Set<number>();
  private before = 0;

  /** Notes a call, and whether portrace answers it. */
  saw(call: Call, answered: boolean): void {
    if (answered) this.answeredAfter.add(this.before);
    else this.answeredAfter.delete(this.before);
    this.before = ((this.before << KIND_BITS) ^ kindOf(call)) & HISTORY;
  }

  /** Whether portrace answered what came after such calls the last time. */
  get expectsAnswer(): boolean {
    return this.answeredAfter.has(this.before);
  }
}

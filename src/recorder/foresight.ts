/**
 * Guesses whether a task's next call is one that portrace answers itself. Then PTRACE_SYSEMU, which
 * makes the call void on the way, saves the stop at its return. A wrong guess costs a stop or two and
 * nothing else. A tracer's calls come in the same order over and over, so the call before tells.
 */
import { Reg } from '../base/registers.js';
import { Request } from '../tracee/index.js';
import type { Call } from './task.js';

const SYS_PTRACE = 101;
const PTRACE_CALLS = 1000;

/** What a call is, as far as the next one follows from it: a ptrace request, or a number. */
function kindOf(call: Call): number {
  return call.number === SYS_PTRACE ? PTRACE_CALLS + call.entry.int32(Reg.rdi) : call.number;
}

export class Foresight {
  private readonly answeredAfter = new Set<number>();
  private before = PTRACE_CALLS + Request.cont;

  /** Notes a call, and whether portrace answers it. */
  saw(call: Call, answered: boolean): void {
    if (answered) this.answeredAfter.add(this.before);
    else this.answeredAfter.delete(this.before);
    this.before = kindOf(call);
  }

  /** Whether portrace answered what came after such a call the last time. */
  get expectsAnswer(): boolean {
    return this.answeredAfter.has(this.before);
  }
}

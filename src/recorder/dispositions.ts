/**
 * What tasks do with their signals (sigaction(2)), followed call by call: to ask /proc at each signal
 * costs more than all else about it, and not every host tells. A plain state machine: it touches no
 * process.
 */

/** asm-generic/signal-defs.h */
const SIG_DFL = 0n;
const SIG_IGN = 1n;
const SA_NOCLDSTOP = 1n;
const SA_RESETHAND = 0x80000000n;
const SIGCHLD = 17;

/** The kernel's struct sigaction: handler, flags, restorer and mask, 64 bits each. */
export const ACTION_SIZE = 32;

/** Shared by tasks that share their handlers (CLONE_SIGHAND). */
export class Dispositions {
  /** Signals with a handler; true where one delivery resets them. */
  private readonly handled: Map<number, boolean>;
  private readonly unheard: Set<number>;
  /** What the guest gave to sigaction for those of the two that it did not leave at their default. */
  private readonly actions: Map<number, Uint8Array>;
  /** SIGCHLD does not come for stops of children (SA_NOCLDSTOP). */
  hearsNoStops: boolean;

  /** Those of a program that was started with everything at its default, or a copy as fork makes it. */
  constructor(of?: Dispositions) {
    this.handled = new Map(of?.handled);
    this.unheard = new Set(of?.unheard);
    this.actions = new Map(of?.actions);
    this.hearsNoStops = of?.hearsNoStops ?? false;
  }

  catches(signal: number): boolean {
    return this.handled.has(signal);
  }

  ignores(signal: number): boolean {
    return this.unheard.has(signal);
  }

  /** The action of a signal that is handled or ignored since a call of sigaction. */
  actionOf(signal: number): Uint8Array | undefined {
    return this.actions.get(signal);
  }

  hasActionFor(signals: Iterable<number>): boolean {
    for (const signal of signals) if (this.actions.has(signal)) return true;
    return false;
  }

  /** A sigaction call succeeded: what it was given. */
  set(signal: number, action: Uint8Array): void {
    this.reset(signal);
    const view = new DataView(action.buffer, action.byteOffset, ACTION_SIZE);
    const handler = view.getBigUint64(0, true);
    const flags = view.getBigUint64(8, true);
    if (signal === SIGCHLD) this.hearsNoStops = (flags & SA_NOCLDSTOP) !== 0n;
    if (handler !== SIG_DFL) this.actions.set(signal, action);
    if (handler === SIG_IGN) this.unheard.add(signal);
    else if (handler !== SIG_DFL) this.handled.set(signal, (flags & SA_RESETHAND) !== 0n);
  }

  /** A handler of the signal begins to run. */
  delivered(signal: number): void {
    if (this.handled.get(signal)) this.reset(signal);
  }

  /** As a new program finds them: handlers are gone, what was ignored still is (execve(2)). */
  withoutHandlers(): Dispositions {
    const left = new Dispositions(this);
    left.handled.clear();
    for (const signal of left.actions.keys()) if (!left.unheard.has(signal)) left.actions.delete(signal);
    left.hearsNoStops = false;
    return left;
  }

  private reset(signal: number): void {
    this.handled.delete(signal);
    this.unheard.delete(signal);
    this.actions.delete(signal);
  }
}

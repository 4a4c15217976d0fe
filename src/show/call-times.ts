/** What calls took, behind their lines (strace -T). */
import { MadeCalls, type MadeCall } from '../stat/index.js';
import type { TraceEvent } from '../trace/events.js';

export class CallTimes {
  private readonly calls: MadeCalls<undefined>;
  private ended: readonly MadeCall<undefined>[] = [];

  constructor(isImported: boolean) {
    this.calls = new MadeCalls(isImported, () => undefined);
  }

  /** Takes the next event. */
  apply(event: TraceEvent): void {
    this.ended = this.calls.take(event);
  }

  /** ` <0.000123>`, as `portrace stat` has it, where the event that was applied last is the return of a call whose time is known. */
  column(event: TraceEvent): string {
    const span = this.ended.find((call) => call.event === event)?.span;
    return span === undefined ? '' : ` <${(span.duration / 1e9).toFixed(6)}>`;
  }
}

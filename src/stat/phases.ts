/** A guest's run in three parts: up to its first output, up to its last, and what follows. */
import type { Descriptors } from '../mappings/index.js';
import { isWrite } from './call-bytes.js';
import type { EndedCall, Grouping, StatRow } from './groupings.js';
import { standardStream } from './standard-stream.js';
import { add, noCalls, type Tally } from './tally.js';

/** A call belongs to the phase in which it ends. */
export class Phases implements Grouping {
  private readonly before = noCalls();
  private readonly during = noCalls();
  // Since the last output so far.
  private after = noCalls();
  private first: number | undefined;
  private last = 0;

  constructor(private readonly descriptors: Descriptors) {}

  entry(): string {
    return '';
  }

  add(call: EndedCall, tally: Tally): void {
    if (this.isOutput(call)) {
      const { time } = call.event;
      this.first ??= time;
      this.last = time;
      add(this.during, this.after);
      add(this.during, tally);
      this.after = noCalls();
    } else {
      add(this.first === undefined ? this.before : this.after, tally);
    }
  }

  rows(end: number): StatRow[] {
    const { first, last } = this;
    const before = { name: 'before the first output', ...this.before, elapsed: first ?? end };
    if (first === undefined) return [before];
    return [
      before,
      { name: 'from the first output to the last', ...this.during, elapsed: last - first },
      { name: 'after the last output', ...this.after, elapsed: end - last },
    ];
  }

  private isOutput({ number, task, result = 0, event: { syscall } }: EndedCall): boolean {
    return syscall !== undefined && isWrite(number) && result > 0 && standardStream(task, syscall, this.descriptors) !== undefined;
  }
}

/** One line of progress on a terminal's stderr, rewritten in place. */
import { writeSync } from 'node:fs';

/** Milliseconds between two rewrites. */
const INTERVAL = 200;

export class LiveLine {
  /** Whether there is a terminal to write to. */
  readonly shown = process.stderr.isTTY === true;
  private last = 0;
  private written = false;

  /** Rewrites the line, unless it was rewritten a moment ago. */
  update(text: () => string): void {
    if (!this.shown) return;
    const now = performance.now();
    if (now - this.last < INTERVAL) return;
    this.last = now;
    this.written = true;
    this.write(`\r\x1b[K${text()}`);
  }

  /** Removes the line. */
  clear(): void {
    if (this.written) this.write('\r\x1b[K');
    this.written = false;
  }

  private write(text: string): void {
    try {
      writeSync(2, text);
    } catch {
      // A terminal that is gone or busy needs no progress.
    }
  }
}

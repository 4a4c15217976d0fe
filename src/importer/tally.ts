/** Counts the lines of a log by what they were good for. */
import type { ImportCounts } from '../trace/index.js';
import { NotUnderstood } from './cursor.js';
import { UnknownCall } from './guest.js';
import type { LogLine } from './log-file.js';

/** So much of a bad line is kept, characters. */
const SHOWN = 200;

export class Tally {
  private lines = 0;
  private bad = 0;
  private other = 0;
  private firstBad: ImportCounts['firstBad'];

  get good(): number {
    return this.lines - this.bad - this.other;
  }

  /** Runs what a line asks for; it gives false where the line is about something else. Lines that nobody understands count as bad. */
  line({ text, number }: LogLine, take: () => boolean): void {
    this.lines++;
    try {
      if (!take()) this.other++;
    } catch (error) {
      if (!(error instanceof NotUnderstood || error instanceof UnknownCall)) throw error;
      this.bad++;
      this.firstBad ??= { line: number, text: Buffer.from(text.slice(0, SHOWN), 'latin1').toString('utf8') };
    }
  }

  counts(): ImportCounts {
    return { lines: this.lines, badLines: this.bad, otherLines: this.other, ...(this.firstBad && { firstBad: this.firstBad }) };
  }
}

/** The times of a log's lines, whatever the tool counts them from. */
import type { LineTime } from './strace-lines.js';

const DAY = 86400;
const HALF_DAY = DAY / 2;

export class LogClock {
  private last = 0;
  private days = 0;

  /** Seconds, comparable with each other; undefined for a line without a time. */
  read(time: LineTime | undefined): number | undefined {
    if (time === undefined) return undefined;
    if (time.sort === 'relative') return (this.last += time.seconds);
    if (time.sort === 'epoch') return time.seconds;
    // Midnight lies between two lines where the later one is much earlier.
    if (this.days * DAY + time.seconds < this.last - HALF_DAY) this.days++;
    return (this.last = this.days * DAY + time.seconds);
  }
}

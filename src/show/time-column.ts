/** The time in front of a line: strace's -r, -t, -tt and -ttt. */

/** `relative`: since the line before (-r). Otherwise the time of day (-t, -tt) or since the epoch (-ttt), in UTC. */
export type TimeFormat = 'relative' | 'clock' | 'clock-micro' | 'epoch';

const NANOSECONDS = 1e6;
const MICRO = 1e6;
const RELATIVE_WIDTH = 13;

/** Milliseconds since the epoch; 0 where an import knows no start. */
export const eventMillisecond = (startedAt: string): number => Date.parse(startedAt) || 0;

export class TimeColumn {
  private last: number | undefined;

  constructor(
    private readonly start: number,
    private readonly format?: TimeFormat,
  ) {}

  /** `time` in nanoseconds since the start. */
  column(time: number): string {
    if (this.format === undefined) return '';
    if (this.format === 'relative') return `${this.since(time).padStart(RELATIVE_WIDTH)} `;
    const micro = BigInt(Math.floor(this.start)) * 1000n + BigInt(Math.floor(time / 1000));
    if (this.format === 'epoch') return `${micro / BigInt(MICRO)}.${fraction(micro)} `;
    const clock = new Date(this.start + time / NANOSECONDS).toISOString().slice(11, 19);
    return this.format === 'clock' ? `${clock} ` : `${clock}.${fraction(micro)} `;
  }

  private since(time: number): string {
    const passed = this.last === undefined ? 0 : time - this.last;
    this.last = time;
    return (passed / 1e9).toFixed(6);
  }
}

const fraction = (micro: bigint): string => (micro % BigInt(MICRO)).toString().padStart(6, '0');

/** Where an event of B would be among the events of A, by what is the same on both sides. */

/** Of so many common steps one is remembered. */
const EVERY = 8;

export class CommonTimes {
  private readonly pairs: (readonly [a: number, b: number])[] = [];
  private count = 0;
  private isSorted = false;

  /** A step that both sides have. */
  add(a: number, b: number): void {
    if (this.count++ % EVERY === 0) this.pairs.push([a, b]);
  }

  /** Right behind the last common step before the event of B. */
  inA(b: number): number {
    if (!this.isSorted) this.pairs.sort((left, right) => left[1] - right[1]);
    this.isSorted = true;
    let [low, high] = [0, this.pairs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.pairs[middle]![1] <= b) low = middle + 1;
      else high = middle;
    }
    const before = this.pairs[low - 1];
    return before === undefined ? b : before[0] + (b - before[1]);
  }
}

/** Sets of whole numbers that lie together, such as the pieces of a large sparse file. */
export class Ranges {
  /** Beginnings and ends in turn, in order; an end is behind its range. */
  private bounds: number[] = [];

  add(first: number, behind: number): void {
    if (first >= behind || this.includes(first, behind)) return;
    const joined: number[] = [];
    let [from, to] = [first, behind];
    for (const [start, end] of this.all()) {
      if (end < from || start > to) joined.push(start, end);
      else [from, to] = [Math.min(from, start), Math.max(to, end)];
    }
    const at = joined.findIndex((bound) => bound > from);
    joined.splice(at < 0 ? joined.length : at, 0, from, to);
    this.bounds = joined;
  }

  remove(first: number, behind: number): void {
    if (first >= behind) return;
    this.bounds = [...this.all()].flatMap(([start, end]) => {
      if (end <= first || behind <= start) return [start, end];
      return [...(start < first ? [start, first] : []), ...(behind < end ? [behind, end] : [])];
    });
  }

  /** Whether all numbers from the first to the one before `behind` are in the set. */
  includes(first: number, behind: number): boolean {
    if (first >= behind) return true;
    for (let at = 0; at < this.bounds.length; at += 2) {
      if (this.bounds[at]! <= first && behind <= this.bounds[at + 1]!) return true;
    }
    return false;
  }

  *all(): Generator<[first: number, behind: number]> {
    for (let at = 0; at < this.bounds.length; at += 2) yield [this.bounds[at]!, this.bounds[at + 1]!];
  }
}

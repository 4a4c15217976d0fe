/** How often a rule left something out: told in one line each, never a finding. */
import type { RuleName } from './rules.js';

export class Folds {
  private readonly counts = new Map<RuleName, number>();

  count(rule: RuleName, more = 1): void {
    this.counts.set(rule, (this.counts.get(rule) ?? 0) + more);
  }

  /** Counts of all rules. */
  all(): ReadonlyMap<RuleName, number> {
    return this.counts;
  }

  of(rule: RuleName): number {
    return this.counts.get(rule) ?? 0;
  }

}

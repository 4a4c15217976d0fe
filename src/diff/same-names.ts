/** Names that the kernel or the order of creation chose: one always has to stand for the other. */
import type { PlacePair } from './compare-steps.js';
import { stepAt, type Difference } from './differences.js';
import { namesIn } from './marks.js';
import type { TaskPair } from './task-tree.js';
import type { Texts } from './texts.js';

/** Counted in each address space. */
const isLocal = (name: string): boolean => name.startsWith('anon#');

export class SameNames {
  private readonly toB = new Map<string, string>();
  private readonly toA = new Map<string, string>();
  private readonly same = new Set<string>();

  constructor(
    pairs: readonly TaskPair[],
    private readonly texts: Texts,
    identical: ReadonlySet<number>,
  ) {
    for (const text of identical) for (const name of namesIn(texts.text(text))) if (!isLocal(name)) this.same.add(name);
    for (const { a, b } of pairs) this.agree(`task#${a.facts.task}`, `task#${b.facts.task}`);
  }

  /** Compares the names in steps that are alike otherwise, in the order of the events. */
  check(renamed: readonly PlacePair[]): Difference[] {
    const inOrder = [...renamed].sort((left, right) => stepAt(left.a).event - stepAt(right.a).event);
    return inOrder.filter((pair) => !this.agrees(pair)).map(({ a, b }) => ({ kind: 'name', a, b }));
  }

  private agrees({ a, b }: PlacePair): boolean {
    const [left, right] = [stepAt(a), stepAt(b)];
    const namesOf = ({ did, got }: typeof left): string[] => [...namesIn(this.texts.text(did)), ...namesIn(this.texts.text(got))];
    // Anonymous memory is counted in each address space: its numbers mean nothing elsewhere.
    const scope = ({ run }: typeof a, name: string): string => (isLocal(name) ? `${run.facts.group} ${name}` : name);
    const others = namesOf(right);
    return namesOf(left).every((name, index) => this.agree(scope(a, name), scope(b, others[index] ?? '')));
  }

  /** One of the two stands for itself elsewhere, where both sides are the same. */
  private isTold(a: string, b: string): boolean {
    return a !== b && (this.same.has(a) || this.same.has(b));
  }

  /** True where the two may be the same; told once, a contradiction counts as agreed. */
  private agree(a: string, b: string): boolean {
    const [ofA, ofB] = [this.toB.get(a), this.toA.get(b)];
    if (ofA === b && ofB === a) return true;
    this.toB.set(a, b);
    this.toA.set(b, a);
    return ofA === undefined && ofB === undefined && !this.isTold(a, b);
  }
}

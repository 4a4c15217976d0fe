/**
 * Folders as they are read: the calls up to the one that answers 0 are one, since a signal that waits cuts
 * a getdents short, and the next goes on behind it.
 */
import type { TaskId } from '../base/brands.js';
import { loose } from './marks.js';

/** A call with what came of it. */
export interface ListedCall<Entry> {
  readonly entry: Entry;
  readonly outcome: string;
  readonly event: number;
}

interface Listing<Entry> {
  /** The first of its calls. */
  readonly entry: Entry;
  readonly event: number;
  bytes: number;
  cut: boolean;
  readonly names: string[];
}

/** As many entries as one call shows (syscalls/kinds, showList). */
const MOST = 32;

const OUTCOME = /^(\d+), entries \[(.*)\]$/s;
const NAME = /"(?:[^"\\]|\\.)*"/g;

export class Listings<Entry extends { readonly text: string }> {
  private readonly open = new Map<TaskId, Map<string, Listing<Entry>>>();

  /** `general`: a file's name without what chance chose. */
  constructor(private readonly general: (name: string) => string) {}

  /** Takes a getdents or getdents64. Answers what to note; undefined while the folder is not read to its end. */
  add(task: TaskId, call: ListedCall<Entry>): ListedCall<Entry> | undefined {
    const ofTask = this.open.get(task) ?? new Map<string, Listing<Entry>>();
    this.open.set(task, ofTask);
    const { text } = call.entry;
    const listing = ofTask.get(text);
    const piece = OUTCOME.exec(call.outcome);
    if (piece) {
      const into = listing ?? { entry: call.entry, event: call.event, bytes: 0, cut: false, names: [] };
      ofTask.set(text, into);
      append(into, Number(piece[1]), piece[2]!);
      return undefined;
    }
    if (!listing || call.outcome !== '0') return call;
    ofTask.delete(text);
    return { entry: listing.entry, event: listing.event, outcome: this.outcomeOf(listing) };
  }

  /** What a task left off reading. */
  rest(task: TaskId): ListedCall<Entry>[] {
    const left = [...(this.open.get(task)?.values() ?? [])];
    this.open.delete(task);
    return left.map((listing) => ({ entry: listing.entry, event: listing.event, outcome: `${this.outcomeOf(listing)}, not read to its end` }));
  }

  private outcomeOf({ bytes, names, cut }: Listing<unknown>): string {
    const known = names.map((name) => `"${this.general(name.slice(1, -1))}"`);
    const isChance = known.some((name, index) => name !== names[index]);
    // Names are as long as they are, and file systems keep folders in an order that comes of the names.
    if (isChance) known.sort();
    const size = isChance ? loose(`${bytes}`) : `${bytes}`;
    return `${size}, entries [${known.slice(0, MOST).join(', ')}${cut || names.length > MOST ? ', ...' : ''}]`;
  }
}

function append(into: Listing<unknown>, bytes: number, text: string): void {
  into.bytes += bytes;
  into.cut ||= text.endsWith('...');
  into.names.push(...(text.match(NAME) ?? []));
}

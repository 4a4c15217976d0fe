/** What a leave event shares with the enter event of its call. */
import type { EventIndex } from '../base/brands.js';
import type { SyscallFacts } from './events.js';
import { KEYFRAME_INTERVAL } from './format.js';

type Arguments = SyscallFacts['arguments'];

/**
 * The arguments of the calls that began since the last keyframe: a leave event has no arguments of its own where
 * these are the same. Writer and reader keep the same.
 */
export class BegunCalls {
  private readonly begun = new Map<EventIndex, Arguments>();

  reach(index: EventIndex): void {
    if ((index - 1) % KEYFRAME_INTERVAL === 0) this.begun.clear();
  }

  /** An event with a call that did not return in it, and has so many arguments. */
  begin(index: EventIndex, words: Arguments, count: number): void {
    this.begun.set(index, known(words, count));
  }

  /** Undefined where it did not begin since the keyframe. */
  argumentsOf(index: EventIndex): Arguments | undefined {
    return this.begun.get(index);
  }

  /** Whether a call that ends has the arguments with which it began. */
  isSame(index: EventIndex, words: Arguments, count: number): boolean {
    const before = this.begun.get(index);
    return before !== undefined && known(words, count).every((word, place) => word === before[place]);
  }
}

/** The arguments that the call has; the others are 0. */
const known = (words: Arguments, count: number): Arguments =>
  words.map((word, place) => (place < count ? word : 0n)) as unknown as Arguments;

/** What a leave event shares with the enter event of its call. */
import type { EventIndex } from '../base/brands.js';
import type { SyscallFacts } from './events.js';
import { KEYFRAME_INTERVAL } from './format.js';

type Arguments = SyscallFacts['arguments'];

/** The arguments of a call, of which so many are stored. */
interface StoredArguments {
  readonly arguments: Arguments;
  readonly argumentCount: number;
}

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

  /** What is stored of a call that ends: nothing where it has the arguments with which it began, else one argument at least. */
  end(index: EventIndex, words: Arguments, count: number): StoredArguments {
    const own = known(words, count);
    const before = this.begun.get(index);
    const isSame = before !== undefined && own.every((word, place) => word === before[place]);
    return { arguments: own, argumentCount: isSame ? 0 : Math.max(count, 1) };
  }
}

/** The arguments that the call has; the others are 0. */
const known = (words: Arguments, count: number): Arguments =>
  words.map((word, place) => (place < count ? word : 0n)) as unknown as Arguments;

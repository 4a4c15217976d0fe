/** Hears of system calls that write to files (inotify(7)), by whomever; stores to their mappings it does not hear of. */
import { closeSync } from 'node:fs';
import { addon } from '../tracee/index.js';

const MOST_AT_ONCE = 256;
/** In the place of a number: the kernel had to drop some. */
const LOST = -1;

export class FileWatch {
  /** Negative where the host has no more of them: nothing is heard then. */
  private readonly descriptor = addon.watchFiles();
  private readonly keys = new Map<number, string>();
  private readonly numbers = new Int32Array(MOST_AT_ONCE);

  /** Watches the file of one of our descriptors, which `key` names. */
  add(descriptor: number, key: string): void {
    const number = addon.watchFile(this.descriptor, descriptor);
    if (number >= 0) this.keys.set(number, key);
  }

  /** The files that were written to since this was asked last. */
  written(): ReadonlySet<string> {
    if (NEWS[0] === 0) return NONE;
    NEWS[0] = 0;
    const found = new Set<string>();
    for (;;) {
      const count = addon.writtenFiles(this.descriptor, this.numbers);
      if (count === 0) return found;
      for (const number of this.numbers.subarray(0, count)) this.name(number, found);
    }
  }

  private name(number: number, into: Set<string>): void {
    const key = this.keys.get(number);
    if (number === LOST) for (const each of this.keys.values()) into.add(each);
    else if (key !== undefined) into.add(key);
  }

  close(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor);
  }
}

const NEWS = addon.fileNews;
const NONE: ReadonlySet<string> = new Set();

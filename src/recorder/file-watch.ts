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
    let count = addon.writtenFiles(this.descriptor, this.numbers);
    if (count === 0) return NONE;
    const found = new Set<string>();
    for (; count > 0; count = addon.writtenFiles(this.descriptor, this.numbers)) {
      for (const number of this.numbers.subarray(0, count)) {
        const key = this.keys.get(number);
        if (number === LOST) for (const each of this.keys.values()) found.add(each);
        else if (key !== undefined) found.add(key);
      }
    }
    return found;
  }

  close(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor);
  }
}

const NONE: ReadonlySet<string> = new Set();

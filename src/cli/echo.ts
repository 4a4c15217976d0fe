/** Repeating what a guest wrote on portrace's own standard output and error. */
import { writeSync } from 'node:fs';
import { Trouble } from '../base/errors.js';

export class Echo {
  private readonly deserted = new Set<number>();

  /**
   * Writes at the pace of who reads. Where nobody reads any more (`| head`) the rest is left out: the verdict
   * counts, not the output. Throws Trouble('storage') where it cannot be written otherwise.
   */
  write(stream: 1 | 2, bytes: Uint8Array): void {
    if (this.deserted.has(stream)) return;
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(stream, bytes, done);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EPIPE') throw new Trouble('storage', `cannot write to standard ${stream === 1 ? 'output' : 'error'}: ${message}`, { cause: error });
      this.deserted.add(stream);
    }
  }
}

/** What another build of a guest cannot be run through. */
import { Trouble } from '../../base/errors.js';

export const unsupported = (what: string): Trouble =>
  new Trouble('unsupported', `--exe does not support ${what} (see docs/limits.md)`);

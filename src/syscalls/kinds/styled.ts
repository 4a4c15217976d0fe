/** A number that may have a name, as strace's -X wants it: xlat.c of strace 6.1. */
import type { Style } from './kind.js';

// Without a name it says of which family it should be: 0x3001 with ARCH_??? in a comment.
export function styled({ names }: Style, number: string, name: string | undefined, doubt?: string): string {
  if (names === 'raw') return number;
  if (name === undefined) return doubt === undefined || number === '0' ? number : `${number} /* ${doubt} */`;
  return names === 'verbose' && name !== number ? `${number} /* ${name} */` : name;
}

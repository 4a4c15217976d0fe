/** Values that do not come out of a call's registers, in strace's words. */
import { path, text } from '../kinds/bytes.js';
import { showWhole, type StyledWording } from '../kinds/kind.js';
import { signalSet } from '../kinds/signals.js';

const UTF8 = new TextEncoder();

export function quoteText(value: string, words: StyledWording, isPath = false): string {
  const bytes = UTF8.encode(`${value}\0`);
  return showWhole(isPath ? path : text, bytes, bytes.length, words);
}

export const showSignalSet = (mask: Uint8Array, words: StyledWording): string => showWhole(signalSet, mask, mask.length, words);


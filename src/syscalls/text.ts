/** Text that a zero byte ends. */
import type { MemoryInput } from '../trace/events.js';
import { INPUT_LIMIT, type CallView, type GuestMemory } from './guest.js';

/** Most names and paths end within this many bytes. */
const FIRST_READ = 256;
const PAGE = 4096;

/** The text with its zero byte; without one where memory or the limit came first. */
export function readText(memory: GuestMemory, address: number, limit = INPUT_LIMIT): Uint8Array {
  let text = memory.read(address, Math.min(FIRST_READ, limit));
  let asked = FIRST_READ;
  while (text.indexOf(0) < 0 && text.length === asked && asked < limit) {
    asked = Math.min(asked < PAGE ? PAGE : asked * 4, limit);
    text = memory.read(address, asked);
  }
  const end = text.indexOf(0);
  return end < 0 ? text : text.subarray(0, end + 1);
}

/** The same memory, read page by page and each page once: for many texts beside each other. */
export function inPages(memory: GuestMemory): GuestMemory {
  const pages = new Map<number, Uint8Array>();
  const pageAt = (start: number): Uint8Array => {
    let page = pages.get(start);
    if (page === undefined) pages.set(start, (page = memory.read(start, PAGE)));
    return page;
  };
  return {
    read(address, length) {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const offset = (address + filled) % PAGE;
        const part = pageAt(address + filled - offset).subarray(offset, offset + length - filled);
        bytes.set(part, filled);
        filled += part.length;
        if (offset + part.length < PAGE) break;
      }
      return bytes.subarray(0, filled);
    },
  };
}

/** Keeps the text at the address as an input of the call. */
export function keepText(call: CallView, to: MemoryInput[], from: { argument: number; address: number }, memory: GuestMemory = call.found): void {
  if (from.address === 0) return;
  const bytes = readText(memory, from.address);
  if (bytes.length > 0) to.push({ argument: from.argument, address: from.address as MemoryInput['address'], bytes });
}

/** An environment without strace's -v: the pointer, and in a comment how many variables it has. */
export const countOf = (pointer: string, count: number): string => `${pointer} /* ${count} var${count === 1 ? '' : 's'} */`;

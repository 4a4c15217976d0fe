/** Reading /proc/PID/maps (proc(5)). */
import { readFileSync } from 'node:fs';
import { address, type Address } from '../base/brands.js';
import type { Tracee } from './tracee.js';

export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

export interface HostMapping extends AddressRange {
  readonly start: Address;
  readonly end: Address;
  /** PROT_* of mmap(2). */
  readonly protection: number;
  readonly shared: boolean;
  readonly offset: number;
  readonly device: string;
  readonly inode: number;
  /** A path, a bracketed name, or empty. */
  readonly name: string;
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) (...)(.) ([0-9a-f]+) ([0-9a-f]+:[0-9a-f]+) (\d+) *(.*)$/;

/** The mappings of a process, in order of address; the vsyscall page above user space is left out. */
export function readMappings(pid: number): HostMapping[] {
  const found: HostMapping[] = [];
  for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
    const fields = LINE.exec(line);
    if (!fields) continue;
    const start = parseInt(fields[1]!, 16);
    if (start >= 2 ** 47) continue;
    const flags = fields[3]!;
    found.push({
      start: address(start),
      end: address(parseInt(fields[2]!, 16)),
      protection: (flags[0] === 'r' ? 1 : 0) | (flags[1] === 'w' ? 2 : 0) | (flags[2] === 'x' ? 4 : 0),
      shared: fields[4] === 's',
      offset: parseInt(fields[5]!, 16),
      device: fields[6]!,
      inode: Number(fields[7]),
      name: fields[8]!,
    });
  }
  return found;
}

const SYSCALL_INSTRUCTION = [0x0f, 0x05] as const;

/** Whether the two bytes at an address are a syscall instruction. */
export function isSyscallSite(tracee: Tracee, at: number): boolean {
  const code = tracee.read(at, 2);
  return code.length === 2 && code[0] === SYSCALL_INSTRUCTION[0] && code[1] === SYSCALL_INSTRUCTION[1];
}

/**
 * An address in the task's executable memory whose bytes are a syscall instruction. Any two such
 * bytes serve, since the task stops on its way out of the kernel, before it decodes what follows.
 */
export const findSyscallSite = (tracee: Tracee): Address | undefined => new SyscallSites().find(tracee);

/** Finds such addresses, and remembers them: the next program has its libraries where another had them. */
export class SyscallSites {
  private readonly known = new Set<Address>();

  /** One that is not in the page at `except`. */
  find(tracee: Tracee, except?: number): Address | undefined {
    const code = readMappings(tracee.tid).filter(({ start, protection }) => protection & 4 && start !== except);
    const known = this.remembered(tracee, code);
    if (known !== undefined) return known;
    for (const mapping of code) {
      const site = searchSite(tracee, mapping);
      if (site === undefined) continue;
      this.known.add(site);
      return site;
    }
    return undefined;
  }

  /** One that was found before, in memory that is known to be executable. */
  remembered(tracee: Tracee, code: readonly AddressRange[]): Address | undefined {
    for (const site of this.known) {
      if (code.some(({ start, end }) => start <= site && site + SYSCALL_INSTRUCTION.length <= end) && isSyscallSite(tracee, site)) return site;
    }
    return undefined;
  }
}

function searchSite(tracee: Tracee, { start, end }: HostMapping): Address | undefined {
  const code = tracee.read(start, Math.min(end - start, 1 << 20));
  for (let at = code.indexOf(0x0f); at >= 0 && at + 1 < code.length; at = code.indexOf(0x0f, at + 1)) {
    if (code[at + 1] === 0x05) return address(start + at);
  }
  return undefined;
}

/**
 * A guest's address space as the recorder needs it: where a system call can be made, which pages
 * were written, and the few facts that the kernel keeps per address space.
 */
import type { EventRing } from './calls/aio.js';
import type { Scratch } from './diversion.js';
import { addon, answered, findSyscallSite, isSyscallSite, type InstructionFinder, InstructionTraps, type NativeWriteTracker, readMappings, type Tracee } from '../tracee/index.js';
import { address, PAGE_SIZE, pageCeil, type Address, type SpaceId } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { readFileSync } from 'node:fs';
import { isFiltered } from './process-status.js';
import { Ranges } from './ranges.js';

const PROT_WRITE = 2;
const SYS_CLOSE = 3;
const SYS_USERFAULTFD = 323;
const O_CLOEXEC_NONBLOCK = 0x80800;
const UFFD_USER_MODE_ONLY = 1;

/** Field of /proc/PID/stat behind the command's name: start_brk (proc(5), field 47). */
const START_BRK_FIELD = 44;

const pageOf = (address: number): number => Math.floor(address / PAGE_SIZE);

/** A task that lives in a space: what tracking needs of it. */
export interface SpaceUser {
  readonly tid: number;
  readonly group: number;
  readonly tracee: Tracee;
  makeCall(site: number, number: number, args: readonly number[], held: Uint8Array[]): number;
}

export class GuestSpace {
  /** End of the heap, rounded up to a page. */
  heapEnd: Address = address(0);
  /** Attached System V segments: address to length. */
  readonly segments = new Map<number, number>();
  /** Event rings of io_setup, by address: they are no child's. */
  readonly rings = new Map<number, EventRing>();
  /** True when mappings may have changed since the tracker last looked. */
  mappingsChanged = true;
  /** Tasks that live here. */
  users = 0;
  /** Where calls write that may sleep while another thread runs. */
  scratch: Scratch | undefined;
  /** It has threads now, and no such memory yet. */
  wantsScratch = false;
  /** Instructions whose result is the processor's own. */
  traps: InstructionTraps;
  /** Pages that lie in mappings that can be written, as far as somebody asked. */
  private readonly writable = new Ranges();
  private tracker: NativeWriteTracker | undefined;
  private site: Address | undefined;

  constructor(
    readonly id: SpaceId,
    private readonly finder: InstructionFinder,
  ) {
    this.traps = new InstructionTraps(finder);
  }

  /** A copy as fork makes it. */
  fork(id: SpaceId): GuestSpace {
    const copy = new GuestSpace(id, this.finder);
    copy.heapEnd = this.heapEnd;
    copy.site = this.site;
    copy.traps = this.traps.fork();
    copy.scratch = this.scratch?.fork();
    for (const [start, length] of this.segments) copy.segments.set(start, length);
    return copy;
  }

  /** Reads the facts of a program that just started. */
  startProgram(tracee: Tracee): void {
    const stat = readFileSync(`/proc/${tracee.tid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    this.heapEnd = pageCeil(Number(fields[START_BRK_FIELD]));
  }

  /** An address where a system call can be made in this space. */
  syscallSite(tracee: Tracee): Address {
    if (this.site !== undefined && isSyscallSite(tracee, this.site)) return this.site;
    this.site = findSyscallSite(tracee);
    if (this.site === undefined) {
      throw new Trouble('unsupported', 'the guest has no executable syscall instruction that portrace could use');
    }
    return this.site;
  }

  /**
   * Remembers a place where the guest itself made a call. Throws `Trouble` where the instruction is
   * not `syscall`: int 0x80 has other numbers.
   */
  sawSyscallAt(tracee: Tracee, rip: number): void {
    const site = address(rip - 2);
    if (!this.callSites.has(site)) {
      if (!isSyscallSite(tracee, site)) {
        throw new Trouble('unsupported', `the guest made a system call at 0x${site.toString(16)} by another instruction than syscall (32-bit code or int 0x80)`);
      }
      this.callSites.add(site);
    }
    this.site = site;
  }

  private readonly callSites = new Set<number>();

  /**
   * Pages that this space's tasks may have written since the last call, as address and page count
   * in turn.
   */
  written(task: SpaceUser, held: Uint8Array[]): Float64Array {
    this.tracker ??= this.startTracking(task, held);
    const runs = this.tracker.written(task.tid, this.mappingsChanged);
    if (typeof runs === 'number') answered(runs, task.tid, 'read the page map');
    this.mappingsChanged = false;
    return this.withoutScratch(runs as Float64Array);
  }

  /** A replay has none. */
  private withoutScratch(runs: Float64Array): Float64Array {
    const { scratch } = this;
    if (!scratch) return runs;
    const kept: number[] = [];
    for (let i = 0; i < runs.length; i += 2) {
      for (const [start, pages] of scratch.cutFrom(runs[i]!, runs[i + 1]!)) kept.push(start, pages);
    }
    return Float64Array.from(kept);
  }

  /** The guest changed a mapping: portrace's own memory may be gone. */
  mappingChanges(start: number, length: number): void {
    this.mappingsChanged = true;
    this.writable.remove(pageOf(start), pageOf(pageCeil(start + length)));
    if (this.scratch?.overlaps(start, length)) this.scratch = undefined;
  }

  /** Whether a range lies in mappings that can be written; one past the end of a mapped file may do so. */
  isWritable(tracee: Tracee, start: number, length: number): boolean {
    const range = [pageOf(start), pageOf(pageCeil(start + length))] as const;
    if (this.writable.includes(...range)) return true;
    for (const mapping of readMappings(tracee.tid)) {
      const [first, behind] = [pageOf(mapping.start), pageOf(mapping.end)];
      if (mapping.protection & PROT_WRITE && first < range[1] && range[0] < behind) this.writable.add(first, behind);
    }
    return this.writable.includes(...range);
  }

  /** Whether written pages are being tracked. */
  get tracked(): boolean {
    return this.tracker !== undefined;
  }

  close(): void {
    this.tracker?.close();
    this.tracker = undefined;
  }

  private startTracking(task: SpaceUser, held: Uint8Array[]): NativeWriteTracker {
    const { tracee, group } = task;
    // A filter might kill it for what portrace does in it.
    if (isFiltered(tracee.tid)) return new addon.WriteTracker(tracee.tid, -1);
    const site = this.syscallSite(tracee);
    let descriptor = task.makeCall(site, SYS_USERFAULTFD, [O_CLOEXEC_NONBLOCK], held);
    if (descriptor < 0) {
      descriptor = task.makeCall(site, SYS_USERFAULTFD, [O_CLOEXEC_NONBLOCK | UFFD_USER_MODE_ONLY], held);
    }
    if (descriptor < 0) return new addon.WriteTracker(tracee.tid, -1);
    const ours = addon.takeDescriptor(group, descriptor);
    task.makeCall(site, SYS_CLOSE, [descriptor], held);
    return new addon.WriteTracker(tracee.tid, ours);
  }
}


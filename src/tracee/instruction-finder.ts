/** Where the instructions are that must trap, in memory that has become code. */
import type { ObjectId } from '../base/brands.js';
import { trapsTimestamps } from './abilities.js';
import { addon } from './addon.js';
import type { CodeChange, TrappedInstruction } from './instruction-traps.js';
import type { Tracee } from './tracee.js';

/** Bytes of code that are looked at at once, and how far around an instruction one must see to know it. */
const PIECE = 1 << 20;
const SIGHT = 160;

/** native/instructions.h */
const TIMESTAMPS = 1;
const CPUID = 2;
const RANDOM = 4;
const VSYSCALL = 8;
const FIELDS = 3;
/** By number: InstructionKind. */
const KINDS: readonly TrappedInstruction['kind'][] = ['tsc', 'cpuid', 'random', 'vsyscall'];

const MAP_SHARED = 0x1;

/** rdtsc, rdtscp, cpuid, rdrand and rdseed, the address of a vsyscall. */
const WANTED = [[0x0f, 0x31], [0x0f, 0x01, 0xf9], [0x0f, 0xa2], [0x0f, 0xc7], [0x60, 0xff]] as const;

const isWanted = (code: Uint8Array): boolean => WANTED.some((instruction) => instruction.every((byte, at) => code[at] === byte));

export interface Found extends TrappedInstruction {
  /** Bytes behind the start of the change. */
  readonly offset: number;
}

/** What is wanted besides the time stamp counter where it does not trap. */
export interface AlsoWanted {
  readonly cpuid: boolean;
  /** rdrand and rdseed, which no host makes trap. */
  readonly random: boolean;
  /** Calls into the vsyscall page, which no tracer sees. */
  readonly vsyscall: boolean;
}

/**
 * Finds the instructions for all address spaces of one session. What it found in a file it remembers: a
 * program that is started a hundred times is read once.
 */
export class InstructionFinder {
  private readonly wanted: number;
  private readonly known = new Map<string, readonly Found[]>();
  /** Objects whose content changes without their becoming other objects. */
  private readonly changing = new Set<ObjectId>();
  private readonly room = new Uint8Array(SIGHT + PIECE + SIGHT);

  constructor(also: AlsoWanted) {
    this.wanted = (trapsTimestamps() ? 0 : TIMESTAMPS) | (also.cpuid ? CPUID : 0) | (also.random ? RANDOM : 0) | (also.vsyscall ? VSYSCALL : 0);
  }

  /** Whether there is anything to find on this host. */
  get isNeeded(): boolean {
    return this.wanted !== 0;
  }

  /** Whether calls into the vsyscall page trap. */
  get findsVsyscalls(): boolean {
    return (this.wanted & VSYSCALL) !== 0;
  }

  /** Takes note of a mapping that was made. */
  note({ object, flags }: CodeChange): void {
    if (object !== undefined && flags & MAP_SHARED) this.changing.add(object);
  }

  /** What was found in an object counts no more. */
  contentChanges(object: ObjectId): void {
    this.changing.add(object);
  }

  /** In order of address. The task is stopped and has the memory of the change mapped. */
  find(tracee: Tracee, change: CodeChange): readonly Found[] {
    // What lies behind the end may be another mapping each time: the last instructions are always looked for.
    const end = Math.max(0, change.length - SIGHT);
    return [...this.remembered(tracee, change, end), ...this.search(tracee, change.address, end, change.length).found];
  }

  private remembered(tracee: Tracee, { operation, address, object, offset, length }: CodeChange, end: number): readonly Found[] {
    const keeps = operation === 'map' && object !== undefined && !this.changing.has(object);
    const key = `${object}:${offset}:${length}`;
    const known = keeps ? this.known.get(key) : undefined;
    if (known?.every(({ offset: at }) => isWanted(tracee.read(address + at, 3)))) return known;
    const { found, isWhole } = this.search(tracee, address, 0, end);
    // A file that ends before its mapping may grow.
    if (keeps && isWhole) this.known.set(key, found);
    return found;
  }

  /** Those that begin at offsets from..to behind the address; `isWhole`: all of the memory was there. */
  private search(tracee: Tracee, address: number, from: number, to: number): { found: Found[]; isWhole: boolean } {
    const found: Found[] = [];
    let isWhole = true;
    for (let done = from; done < to; done += PIECE) {
      const size = Math.min(PIECE, to - done);
      // What lies before the change does not belong to its instructions.
      const before = Math.min(done, SIGHT);
      const start = done - before;
      const room = this.room.subarray(0, before + size + SIGHT);
      const code = room.subarray(0, tracee.readInto(address + start, room));
      isWhole &&= code.length >= before + size;
      const fields = addon.findInstructions(code, before + size, this.wanted);
      for (let i = 0; i < fields.length; i += FIELDS) {
        const offset = start + fields[i]!;
        if (offset >= done) found.push({ offset, length: fields[i + 1]!, kind: KINDS[fields[i + 2]!]! });
      }
    }
    return { found, isWhole };
  }
}

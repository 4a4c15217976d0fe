/**
 * Instructions whose result must be in the trace and is not the guest's own: rdtsc and rdtscp, rdrand and rdseed, calls into
 * the vsyscall page, and where a processor's number changes under the guest, cpuid. The host makes rdtsc trap (PR_SET_TSC of
 * prctl(2)); what it cannot is replaced by an instruction that traps, in whatever memory becomes code. Recording and replay
 * each do what their host needs: a trace does not tell the difference.
 */
import { PAGE_SIZE, type ObjectId } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { Reg, type RegisterIndex, type Registers } from '../base/registers.js';
import { VSYSCALL_TRAP, vsyscallAt, type Vsyscall } from '../base/vsyscall.js';
import { trapsTimestamps } from './abilities.js';
import type { InstructionFinder } from './instruction-finder.js';
import { readMappings } from './maps.js';
import { Signal, SignalCode, type Stop } from './stop.js';
import type { Tracee } from './tracee.js';

const RDTSC = Uint8Array.of(0x0f, 0x31);
const RDTSCP = Uint8Array.of(0x0f, 0x01, 0xf9);
/** rdrand and rdseed without prefixes: the last byte says which register. */
const RANDOM_SIZE = 3;
/** ud2, as long as rdtsc and cpuid. */
const TRAP = Uint8Array.of(0x0f, 0x0b);

/** asm-generic/mman-common.h */
const PROT_WRITE = 2;
const PROT_EXEC = 4;
const MAP_SHARED = 0x1;
const MAP_PRIVATE = 0x2;

/** An instruction that traps. */
export interface TrappedInstruction {
  readonly kind: 'tsc' | 'cpuid' | 'random' | 'vsyscall';
  /** Bytes: rdtsc and cpuid 2; rdtscp, rdrand and rdseed 3, and their prefixes; nothing of a vsyscall that was reached. */
  readonly length: number;
}

/** One that a task has come to. */
export interface ReachedInstruction extends TrappedInstruction {
  /** Of rdrand and rdseed: what takes the number, and how many bytes of it. */
  readonly target?: { readonly register: RegisterIndex; readonly bytes: 2 | 4 | 8 };
  /** The function of the vsyscall page. */
  readonly vsyscall?: Vsyscall;
}

/** Operand size, REX (Intel SDM volume 2, "Instruction Format"). */
const OPERAND_SIZE = 0x66;
const REX = 0x40;
const REX_W = 8;
const REX_B = 1;
const LONGEST_PREFIX = 2;

/** Registers as instructions number them. */
const NUMBERED = [
  Reg.rax, Reg.rcx, Reg.rdx, Reg.rbx, Reg.rsp, Reg.rbp, Reg.rsi, Reg.rdi,
  Reg.r8, Reg.r9, Reg.r10, Reg.r11, Reg.r12, Reg.r13, Reg.r14, Reg.r15,
] as const;

/** What an instruction raises on this host. */
export const trapSignal = (kind: TrappedInstruction['kind']): number =>
  kind === 'vsyscall' || (kind === 'tsc' && trapsTimestamps()) ? Signal.SIGSEGV : Signal.SIGILL;

/** The flags that rdrand and rdseed write: CF says that there is a number, the others are zero (Intel SDM volume 2). */
const CARRY = 0x1n;
const WRITTEN_FLAGS = 0x8d5n;

/** Gives rdrand or rdseed a number. */
export function putNumber(registers: Registers, { register, bytes }: NonNullable<ReachedInstruction['target']>, number: bigint): void {
  const mask = (1n << BigInt(8 * bytes)) - 1n;
  // Four bytes clear those above them, two leave them alone.
  const kept = bytes === 2 ? registers.long(register) & ~mask : 0n;
  registers.setLong(register, kept | (number & mask));
  registers.setLong(Reg.eflags, (registers.long(Reg.eflags) & ~WRITTEN_FLAGS) | CARRY);
}

/** A change of an address space, as a trace has it. */
export interface CodeChange {
  readonly operation: string;
  readonly address: number;
  readonly length: number;
  readonly protection: number;
  readonly flags: number;
  readonly object?: ObjectId | undefined;
  readonly offset: number;
  readonly from?: { readonly address: number; readonly length: number } | undefined;
}

/** A page that is mapped anew over what was there. */
export interface PageMap {
  readonly address: number;
  readonly protection: number;
  /** MAP_SHARED or MAP_PRIVATE. */
  readonly flags: number;
  readonly object: ObjectId | undefined;
  readonly offset: number;
  /** The descriptor with which the shared mapping was made, where its maker told it. */
  readonly descriptor: number | undefined;
}

interface Waiting {
  readonly change: CodeChange;
  readonly descriptor: number | undefined;
}

/** The replaced instructions of one address space. */
export class InstructionTraps {
  private readonly places = new Map<number, TrappedInstruction>();
  /** Pages of shared mappings that became private, since others see what is written to a shared one. */
  private readonly ownPages = new Map<number, Waiting>();
  private waiting: Waiting[] = [];

  constructor(private readonly finder: InstructionFinder) {}

  /** A copy as fork makes it. */
  fork(): InstructionTraps {
    const copy = new InstructionTraps(this.finder);
    for (const [at, instruction] of this.places) copy.places.set(at, instruction);
    for (const [page, from] of this.ownPages) copy.ownPages.set(page, from);
    return copy;
  }

  /** The instruction that a task stopped at, if it is one of these. `forced`: that an instruction raised the signal is known. */
  at(tracee: Tracee, stop: Stop, forced = false): ReachedInstruction | undefined {
    if (stop.kind !== 'signal') return undefined;
    const at = stop.registers.number(Reg.rip);
    if (stop.signal === Signal.SIGILL) return this.replacedAt(at, tracee.read(at, LONGEST_PREFIX + RANDOM_SIZE));
    if (stop.signal !== Signal.SIGSEGV) return undefined;
    const vsyscall = this.finder.findsVsyscalls ? vsyscallAt(stop.registers.long(Reg.rip)) : undefined;
    if (vsyscall) return { kind: 'vsyscall', length: 0, vsyscall };
    if (stop.code !== SignalCode.SI_KERNEL && !forced) return undefined;
    const code = tracee.read(at, RDTSCP.length);
    const instruction = [RDTSC, RDTSCP].find((each) => startsWith(code, each));
    return instruction && { kind: 'tsc', length: instruction.length };
  }

  /** The instruction that these bytes of a task's code stand for. */
  private replacedAt(at: number, code: Uint8Array): ReachedInstruction | undefined {
    const wide = code[0] === OPERAND_SIZE ? 1 : 0;
    const rex = (code[wide]! & 0xf0) === REX ? code[wide]! : 0;
    const prefixes = wide + (rex === 0 ? 0 : 1);
    if (!startsWith(code.subarray(prefixes), TRAP)) return undefined;
    const found = this.places.get(at + prefixes);
    if (found?.kind !== 'random') return prefixes === 0 ? found : undefined;
    const register = NUMBERED[(code[prefixes + TRAP.length]! & 7) | (rex & REX_B ? 8 : 0)]!;
    const bytes = rex & REX_W ? 8 : wide ? 2 : 4;
    return { kind: 'random', length: prefixes + found.length, target: { register, bytes } };
  }

  /** Takes note of a change that was made; `settle` does what follows from it. */
  note(change: CodeChange, descriptor?: number): void {
    if (!this.finder.isNeeded) return;
    this.finder.note(change);
    if (change.operation === 'remap' && change.from) this.move(change.from, change);
    else if (change.operation === 'map' || change.operation === 'unmap') this.forget(change);
    const hasContent = change.operation === 'protect' || (change.operation === 'map' && change.object !== undefined);
    const toCode = hasContent && (change.protection & PROT_EXEC) !== 0;
    if (toCode || (change.operation === 'protect' && this.ownPages.size > 0)) this.waiting.push({ change, descriptor });
  }

  /** Takes note of the files of a program that just started. */
  noteProgram(pid: number): void {
    if (!this.finder.isNeeded) return;
    for (const { start, end, protection, inode } of readMappings(pid)) {
      if (inode === 0 || (protection & PROT_EXEC) === 0) continue;
      const change = { operation: 'map', address: start, length: end - start, protection, flags: MAP_PRIVATE, offset: 0 };
      this.waiting.push({ change, descriptor: undefined });
    }
  }

  /** Replaces the instructions in what became code. The task is stopped; `map` maps a page in it. */
  settle(tracee: Tracee, map: (page: PageMap) => void): void {
    if (this.waiting.length === 0) return;
    for (const each of this.waiting.splice(0)) {
      if (each.change.operation === 'protect') this.giveBack(each.change, map);
      if (each.change.protection & PROT_EXEC) this.replace(tracee, each, map);
    }
  }

  private replace(tracee: Tracee, { change, descriptor }: Waiting, map: (page: PageMap) => void): void {
    const isMap = change.operation === 'map';
    // Whoever shares writable memory must see what others write.
    if (isMap && change.flags & MAP_SHARED && change.protection & PROT_WRITE) return;
    let found = this.finder.find(tracee, change).map(({ offset, ...instruction }) => ({ at: change.address + offset, ...instruction }));
    if (found.length === 0) return;
    if (!isMap) {
      const shared = readMappings(tracee.tid).filter((mapping) => mapping.shared);
      found = found.filter(({ at }) => !shared.some(({ start, end }) => start <= at && at < end));
    } else if (change.flags & MAP_SHARED) {
      for (const page of pagesOf(found)) this.makeOwn(page, { change, descriptor }, map);
    }
    for (const { at, kind, length } of found) {
      tracee.write(at, kind === 'vsyscall' ? VSYSCALL_TRAP : TRAP);
      this.places.set(at, { kind, length });
    }
  }

  private makeOwn(page: number, from: Waiting, map: (page: PageMap) => void): void {
    this.ownPages.set(page, from);
    map(pageMap(page, from, MAP_PRIVATE));
  }

  /** Pages that the task may write from now on are shared again. */
  private giveBack({ address, length, protection }: CodeChange, map: (page: PageMap) => void): void {
    if ((protection & PROT_WRITE) === 0) return;
    for (const [page, from] of [...this.ownPages]) {
      if (page < address || page >= address + length) continue;
      this.forget({ address: page, length: PAGE_SIZE });
      map({ ...pageMap(page, from, MAP_SHARED), protection });
    }
  }

  private forget({ address, length }: { address: number; length: number }): void {
    const end = address + length;
    for (const at of this.places.keys()) if (at >= address && at < end) this.places.delete(at);
    for (const page of this.ownPages.keys()) if (page >= address && page < end) this.ownPages.delete(page);
  }

  private move(from: { address: number; length: number }, to: { address: number; length: number }): void {
    const moved = [...this.places].filter(([at]) => at >= from.address && at < from.address + from.length);
    if ([...this.ownPages.keys()].some((page) => page >= from.address && page < from.address + from.length)) {
      throw new Trouble('unsupported', 'mremap of shared code whose rdtsc or cpuid had to be replaced');
    }
    this.forget(to);
    this.forget(from);
    for (const [at, instruction] of moved) this.places.set(at - from.address + to.address, instruction);
  }
}

function pagesOf(found: readonly { readonly at: number }[]): Set<number> {
  const pages = new Set<number>();
  for (const { at } of found) for (const byte of [at, at + TRAP.length - 1]) pages.add(byte - (byte % PAGE_SIZE));
  return pages;
}

function pageMap(address: number, { change, descriptor }: Waiting, flags: number): PageMap {
  const { protection, object } = change;
  return { address, protection, flags, object, offset: change.offset + address - change.address, descriptor };
}

const startsWith = (code: Uint8Array, instruction: Uint8Array): boolean =>
  instruction.every((byte, at) => code[at] === byte);

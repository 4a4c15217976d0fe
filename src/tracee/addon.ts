/**
 * The native addon, typed. Every function answers 0, a count or a negative errno; `errno.ts` makes
 * errors of them.
 */
import { loadAddon } from '../base/addon.js';

export interface SpawnPlan {
  /** Absolute path of the program; used when imageDescriptor is -1. */
  readonly file: string;
  readonly imageDescriptor: number;
  readonly arguments: readonly string[];
  readonly environment: readonly string[];
  /** PTRACE_O_* bits. */
  readonly options: number;
  /** Soft limit of open descriptors for the guest, or -1. */
  readonly descriptors: number;
  /** Descriptors of ours that it gets, besides the standard streams. */
  readonly inherited: readonly number[];
  /** Make rdtsc and rdtscp trap from the program's first instruction on. */
  readonly trapTsc: boolean;
  /** Start a session of its own, away from the terminal. */
  readonly newSession: boolean;
}

export interface NativeFilter {
  readonly page: Uint8Array;
  readonly patch: Uint8Array;
  readonly hit: number;
  readonly goOn: number;
  /** Original and displaced address of each replaced instruction, in turn. */
  readonly places: Float64Array;
}

export interface NativeWriteTracker {
  /** Address and page count in turn, or a negative errno. */
  written(tid: number, refresh: boolean): Float64Array | number;
  close(): void;
  readonly exact: boolean;
}

/** Where `NativeFollower.follow` stopped (native/follow.h, Stage). */
export const FollowStage = {
  /** Behind the last record, or as many events as were asked for. */
  end: 0,
  /** Before a record of which nothing was done. */
  untouched: 1,
  /** In a record whose arrival is not as planned; the code is what the wait answered. */
  stopped: 2,
  /** In a record whose arrival is as planned; its effects are to be made. */
  arrived: 3,
  /** Behind a record that asks for it. */
  reported: 4,
} as const;

export interface NativeFollower {
  /** The registers stay shared until the task is forgotten. */
  keep(task: number, tid: number, space: number, registers: Uint8Array): void;
  forget(task: number): void;
  /** Fills `into` with offset, events, stage and code. */
  follow(plan: Uint8Array, offset: number, limit: number, stop: Uint8Array, into: Float64Array): void;
}

export interface Addon {
  spawn(plan: SpawnPlan): number;
  wait(tid: number, timeoutMicroseconds: number, stop: Uint8Array): number;
  waitOrSleep(tid: number, stop: Uint8Array): number;
  resume(tid: number, request: number, signal: number): number;
  resumeAndWait(tid: number, request: number, signal: number, stop: Uint8Array): number;
  request(tid: number, request: number, address: number, data: number): number;
  requestBytes(tid: number, request: number, address: number, bytes: Uint8Array): number;
  setRegisters(tid: number, registers: Uint8Array): number;
  isStopped(tid: number, stop: Uint8Array): number;
  getRegisterSet(tid: number, type: number, into: Uint8Array): number;
  setRegisterSet(tid: number, type: number, from: Uint8Array): number;
  readMemory(tid: number, address: number, into: Uint8Array): number;
  writeMemory(tid: number, address: number, from: Uint8Array): number;
  copyOut(tid: number, address: number, from: Uint8Array): number;
  inject(
    tid: number,
    site: number,
    number: number,
    args: Float64Array,
    result: Float64Array,
    held: Uint8Array[],
  ): number;
  callByStep(tid: number, site: number, number: number, args: Float64Array, result: Float64Array): number;
  signalMasks(tid: number, into: BigUint64Array): number;
  pendingSignals(tid: number, into: Uint8Array): number;
  setBreakpoint(tid: number, slot: number, address: number): number;
  killTask(group: number, tid: number, signal: number): number;
  digestPages(tid: number, runs: Float64Array, windows: Float64Array, savedState: boolean, into: Uint8Array): number;
  sameRegisters(a: Uint8Array, b: Uint8Array): boolean;
  sameWords(tid: number, words: BigUint64Array): boolean;
  seek(tid: number, expected: Uint8Array, words: BigUint64Array, hits: number, original: number, patience: number, stop: Uint8Array): number;
  displaceable(code: Uint8Array): number;
  /** Which bytes of the distance of a jump to a filter must be traps (0xff); null where the code cannot be replaced. */
  filterDistance(code: Uint8Array): number | null;
  /** Bytes that are traps where an instruction begins: SIGTRAP behind the first of them, SIGILL at others. */
  trapBytes(): Uint8Array;
  instructionLength(code: Uint8Array): number;
  repeatLength(code: Uint8Array): number;
  /**
   * `telling`: what is likely to differ at most passes, and looked at first: the number of a register as instructions have it,
   * or 16 more than that of a word; -1 where nothing is.
   */
  buildFilter(
    code: Uint8Array,
    filterAddress: number,
    expected: Uint8Array,
    words: BigUint64Array,
    telling: number,
  ): NativeFilter | null;
  takeDescriptor(pid: number, descriptor: number): number;
  nextData(descriptor: number, offset: number): number;
  /** One number, not zero once there are written files: to be made zero before they are asked for. */
  readonly fileNews: Int32Array;
  watchFiles(): number;
  watchFile(watch: number, descriptor: number): number;
  writtenFiles(watch: number, into: Int32Array): number;
  /** Ten numbers: see Stat in native/addon.cc. */
  stat(which: string | number, into: Float64Array): number;
  sameFile(pid: number, descriptor: number, ours: number): number;
  createMemoryFile(name: string): number;
  /** Two numbers: policy and priority. */
  scheduling(tid: number, into: Int32Array): number;
  makeOrdinary(tid: number): number;
  affinity(tid: number, into: Uint8Array): number;
  pinToCpu(tid: number, cpu: number): number;
  keepOffCpu(tid: number, cpu: number): number;
  clockTime(clock: number, into: Uint8Array): number;
  milliseconds(): number;
  takeBackTimeStamps(): void;
  cpuid(leaf: number, subleaf: number): number[];
  fixesLayout(): boolean;
  trapsTsc(): boolean;
  breakpointsWork(): boolean;
  /**
   * Offset, length and whether it is cpuid (1) in turn of the instructions that begin below `size`. `wanted`: 1
   * rdtsc and rdtscp, 2 cpuid, 3 both (native/instructions.h).
   */
  findInstructions(code: Uint8Array, size: number, wanted: number): Float64Array;
  leaveSignalsToGuest(): void;
  readonly Follower: new () => NativeFollower;
  readonly WriteTracker: new (pid: number, userfaultfd: number) => NativeWriteTracker;
}

export const addon = loadAddon() as Addon;

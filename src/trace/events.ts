/**
 * What a trace stores: the events of a recording, in the order in which the guest went through
 * them. One task runs at a time, so the order of events is the order of tasks.
 *
 * An event has an arrival (the task came to a place that its own instructions lead to: its
 * registers there are compared in replay) and effects (what the kernel, another process or
 * portrace changed there: replay puts them back, in order, and needs to know nothing else).
 */
import type { Address, EventIndex, Nanoseconds, ObjectId, SpaceId, TaskId } from '../base/brands.js';
import type { Registers } from '../base/registers.js';

/**
 * - `syscall`: a task called the kernel and the call returned, nothing else happening between.
 * - `enter`: a task called the kernel and did not return yet. `leave`: that call returned.
 * - `intercept`: a system call that a guest tracer stopped (PTRACE_SYSEMU or the entry stop of
 *   PTRACE_SYSCALL); the task waits for its tracer.
 * - `signal`: a signal was delivered to a task, or stopped it for its guest tracer.
 * - `resume`: a guest tracer let a stopped task go on (with a signal's frame, perhaps).
 * - `step`: a task did one instruction under its guest tracer and stopped.
 * - `preempt`: portrace took the processor from a task that made no call.
 * - `tsc`: rdtsc or rdtscp trapped and was given a value.
 * - `cpuid`: cpuid trapped and was given values (only on hosts where a processor's number is not steady).
 * - `random`: rdrand or rdseed trapped and was given a number.
 * - `vsyscall`: a function of the vsyscall page (gettimeofday, time, getcpu) was called and was given its result.
 * - `exit`: a task is gone.
 */
export type EventKind =
  | 'syscall'
  | 'enter'
  | 'leave'
  | 'intercept'
  | 'signal'
  | 'resume'
  | 'step'
  | 'preempt'
  | 'tsc'
  | 'exit'
  | 'cpuid'
  | 'random'
  | 'vsyscall';

/** The stored number of each kind. Append only: the numbers are part of the format. */
export const EVENT_KINDS: readonly EventKind[] = [
  'syscall',
  'enter',
  'leave',
  'intercept',
  'signal',
  'resume',
  'step',
  'preempt',
  'tsc',
  'exit',
  'cpuid',
  'random',
  'vsyscall',
];

export interface TraceEvent {
  readonly index: EventIndex;
  readonly task: TaskId;
  readonly kind: EventKind;
  /** When the recorder saw it; a trace keeps whole microseconds. */
  readonly time: Nanoseconds;
  /** The registers at the arrival; absent where the task does not move (leave, resume, exit). */
  readonly registers?: Registers;
  /** kind syscall, enter, leave, intercept. */
  readonly syscall?: SyscallFacts;
  /** kind signal, resume. */
  readonly signal?: SignalFacts;
  /** kind exit. */
  readonly exit?: ExitFacts;
  /**
   * The exact point of an arrival that no call or fault marks: signal and preempt events that came
   * while the task ran its own instructions. In a syscall or leave event: what memory holds after
   * the effects, for those who verify memory; it has no words then.
   */
  readonly point?: ExactPoint;
  /** What the call read from the guest's memory: paths, written data, structures. */
  readonly inputs: readonly MemoryInput[];
  /** What changed, in order. */
  readonly effects: readonly Effect[];
}

export interface SyscallFacts {
  /** System call number, x86-64 table. */
  readonly number: number;
  /** The six argument registers, unsigned. In a leave event those beyond the call's arguments are 0. */
  readonly arguments: readonly [bigint, bigint, bigint, bigint, bigint, bigint];
  /** What rax held when the call returned, signed; absent for enter and intercept. */
  readonly result?: bigint;
  /** True where no row described the call, so that its memory writes were found by comparing. */
  readonly undescribed?: boolean;
  /** True where portrace answered the call itself (ptrace, wait and clock calls of guest tracers, rseq). */
  readonly emulated?: boolean;
  /** The call wrote to the recorder's own standard output (1) or error (2): replay repeats that. */
  readonly stream?: 1 | 2;
  /** kind leave: the enter event of the same call. */
  readonly entered?: EventIndex;
  /** Imported traces: what the log shows of arguments whose bytes it does not have. */
  readonly texts?: CallTexts;
}

/**
 * An event on its way into a trace. A call's arguments may be left out where the event has registers:
 * they are in them.
 */
export type NewEvent = Omit<TraceEvent, 'index' | 'syscall'> & { readonly syscall?: NewSyscallFacts };

export type NewSyscallFacts = Omit<SyscallFacts, 'arguments'> &
  Partial<Pick<SyscallFacts, 'arguments'>> & {
    /** How many arguments the call has, where that is known: the other registers have no row of their own. */
    readonly argumentCount?: number;
  };

/**
 * Arguments as the log of another tool shows them, by index: a structure of which it left members
 * out, a string that it cut. The argument's register is then a made-up address (IMPORTED_MEMORY).
 */
export type CallTexts = Readonly<Partial<Record<ArgumentIndex, string>>>;

export type ArgumentIndex = 0 | 1 | 2 | 3 | 4 | 5;

/**
 * Where an imported trace puts memory of which a log shows the content but not the address: from
 * here on, and up to twice as far. Kernels give programs nothing there unless they ask for it.
 */
export const IMPORTED_MEMORY = 0x200000000000;

/**
 * - `handler`: the guest's handler runs next; the frame and registers are effects.
 * - `ignored`: nothing happens.
 * - `fatal`: the task's group dies of it; exit events follow.
 * - `stopped`: the task's group stops (job control).
 * - `tracer`: the task stops and its guest tracer learns of it.
 */
export type SignalDisposition = 'handler' | 'ignored' | 'fatal' | 'stopped' | 'tracer';

/** The stored number of each disposition. Append only. */
export const SIGNAL_DISPOSITIONS: readonly SignalDisposition[] = [
  'handler',
  'ignored',
  'fatal',
  'stopped',
  'tracer',
];

export interface SignalFacts {
  /** Signal number, signal(7). 0 in a resume event without one. */
  readonly number: number;
  readonly disposition: SignalDisposition;
  /** siginfo_t as PTRACE_GETSIGINFO gives it, 128 bytes; absent where there is none. */
  readonly siginfo?: Uint8Array;
  /**
   * True where the instruction at the arrival raises the signal by itself (a fault, int3), so that
   * replay needs no exact point to get there.
   */
  readonly synchronous: boolean;
}

export interface ExitFacts {
  /** Wait status as wait4(2) stores it. */
  readonly status: number;
}

/**
 * A place in a task's run that only its state tells: all registers (the event's) and the memory
 * that the task wrote. Replay breaks at the instruction and compares at each hit.
 */
export interface ExactPoint {
  /** Pages that the task may have written since its last point, as runs. */
  readonly pages: readonly PageRun[];
  /** XXH3 (128 bit, canonical big-endian bytes) over those pages in order. */
  readonly digest: Uint8Array;
  /** Words that were seen to change from one hit of the instruction to the next. */
  readonly words: readonly PointWord[];
  /** True where the task had not run any instruction since its last event. */
  readonly immediate: boolean;
}

export interface PageRun {
  readonly address: Address;
  readonly pages: number;
}

export interface PointWord {
  readonly address: Address;
  readonly value: bigint;
}

/** Bytes that a call read from the guest. */
export interface MemoryInput {
  /** Which argument led there, 0 … 5. */
  readonly argument: number;
  readonly address: Address;
  readonly bytes: Uint8Array;
}

export type Effect =
  | MemoryWrite
  | ObjectWrite
  | RegisterChange
  | XstateChange
  | DebugRegisterChange
  | MappingChange
  | TaskBirth
  | SpaceBirth;

/** Bytes that changed in an address space. */
export interface MemoryWrite {
  readonly type: 'memory';
  readonly space: SpaceId;
  readonly address: Address;
  readonly bytes: Uint8Array;
}

/** Bytes that changed in a mapped object otherwise than through a mapping (a write call, say). */
export interface ObjectWrite {
  readonly type: 'object';
  readonly object: ObjectId;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Size of the object afterwards. */
  readonly size: number;
}

/** A task's general registers afterwards. */
export interface RegisterChange {
  readonly type: 'registers';
  readonly task: TaskId;
  readonly registers: Registers;
}

/** A task's extended state afterwards, as PTRACE_GETREGSET with NT_X86_XSTATE gives it. */
export interface XstateChange {
  readonly type: 'xstate';
  readonly task: TaskId;
  readonly bytes: Uint8Array;
}

/** Breakpoints that the processor has (Intel SDM 17.2). */
export const DEBUG_ADDRESSES = 4;

/** A task's debug registers afterwards, which its guest tracer sets (PTRACE_POKEUSER). */
export interface DebugRegisterChange {
  readonly type: 'debug registers';
  readonly task: TaskId;
  /** DR0 to DR3. */
  readonly addresses: readonly number[];
  /** DR7. */
  readonly control: number;
}

/**
 * - `map`: from here on the range shows the object (or zeroes, without one).
 * - `unmap`: nothing is there. `protect`: new protection. `remap`: moved or resized.
 * - `advise`: madvise with an effect on content or inheritance; `protection` holds the advice.
 */
export type MappingOperation = 'map' | 'unmap' | 'protect' | 'remap' | 'advise';

/** The stored number of each operation. Append only. */
export const MAPPING_OPERATIONS: readonly MappingOperation[] = [
  'map',
  'unmap',
  'protect',
  'remap',
  'advise',
];

/** One change of an address space, already resolved: addresses are those that the kernel chose. */
export interface MappingChange {
  readonly type: 'mapping';
  readonly space: SpaceId;
  readonly operation: MappingOperation;
  /** What the guest called, or what portrace saw: mmap, brk, munmap, shmat, execve… */
  readonly origin: string;
  readonly address: Address;
  /** Bytes, a whole number of pages. */
  readonly length: number;
  /** PROT_* of mmap(2). */
  readonly protection: number;
  /** MAP_* of mmap(2) that matter to replay: sharing, MAP_GROWSDOWN, MAP_POPULATE where it copies a file's pages. */
  readonly flags: number;
  /** What is mapped; absent for anonymous private memory. */
  readonly object?: ObjectId;
  /** Byte offset in the object. */
  readonly offset: number;
  /** remap: where it was. */
  readonly from?: { readonly address: Address; readonly length: number };
}

/** A task began to exist. */
export interface TaskBirth {
  readonly type: 'task';
  readonly task: TaskId;
  /** The task that the kernel made it from. */
  readonly parent?: TaskId;
  /** The pid (thread id) that the guest knows it by. */
  readonly pid: number;
  /** Thread group id. */
  readonly group: number;
  /** CLONE_* of clone(2), without the exit signal. */
  readonly flags: number;
  readonly exitSignal: number;
  readonly space: SpaceId;
}

/** An address space began to exist: empty (execve) or as a copy of another (fork). */
export interface SpaceBirth {
  readonly type: 'space';
  readonly space: SpaceId;
  readonly copyOf?: SpaceId;
  /** The task that has it from now on, where an execve made it. */
  readonly task?: TaskId;
  /** execve: path of the program. */
  readonly program?: string;
}

/** A thing that can be mapped in several places. */
export interface MemoryObject {
  readonly id: ObjectId;
  /**
   * - `file`: a file's content that only private mappings show.
   * - `shared`: a file, memfd or shared-memory segment that shared mappings change.
   */
  readonly kind: 'file' | 'shared';
  /** As /proc/PID/maps names it. */
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  /** Bytes when it was first mapped. */
  readonly size: number;
}

/**
 * Objects of these paths, which nobody maps, are written what calls moved to the recorder's standard output or error without
 * the guest's memory (sendfile, splice, copy_file_range); each write is the effect of such a call.
 */
export const STREAM_OBJECTS: Readonly<Record<1 | 2, string>> = { 1: '(standard output)', 2: '(standard error)' };

/** A piece of an object's content as it was when it was first mapped. */
export interface ObjectContent {
  readonly object: ObjectId;
  /** The event whose effects map it. */
  readonly event: EventIndex;
  /** Byte offset, a multiple of OBJECT_CHUNK_SIZE. */
  readonly offset: number;
  /** Up to OBJECT_CHUNK_SIZE bytes; what lies behind them is zero or past the end. */
  readonly bytes: Uint8Array;
}

/** Objects are stored in pieces of this many bytes, and only the pieces that were mapped. */
export const OBJECT_CHUNK_SIZE = 262144;

/** What is known of the machine that a trace was recorded on. */
/**
 * - `exact points`: the place of an asynchronous event among instructions. Such a trace cannot be replayed.
 * - `fixed layout`: starting programs without randomising their address space.
 * - `time stamp counter`: making rdtsc trap, so that the instruction had to be replaced in the guest's code.
 * - `processor number`: a cpuid that tells a processor's number (initial APIC id) as the kernel does, the same each
 *   time. Some virtual machines let the instruction tell of whatever processor they are on at the moment.
 */
export type MissingAbility = 'exact points' | 'fixed layout' | 'time stamp counter' | 'processor number';

export interface HostFacts {
  readonly sysname: string;
  readonly release: string;
  readonly version: string;
  readonly machine: string;
  readonly nodename: string;
  readonly cpuModel: string;
  /** Rows of six 32-bit numbers: leaf, subleaf, eax, ebx, ecx, edx. */
  readonly cpuid: readonly (readonly number[])[];
  /** Bytes of a task's extended state (NT_X86_XSTATE). */
  readonly xstateSize: number;
  readonly pageSize: number;
  readonly portraceVersion: string;
  /** What the host does not give to a recorder, which therefore got by without; empty on Linux. */
  readonly missing: readonly MissingAbility[];
}

/** What a trace says of itself from its first moment on. */
export interface SessionFacts {
  readonly arguments: readonly string[];
  readonly workingFolder: string;
  readonly environment: readonly string[];
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** The free label that `--port` gave. */
  readonly port?: string;
  readonly host: HostFacts;
  /** Where the events come from another tool's log; such a trace cannot be replayed. */
  readonly imported?: ImportSource;
}

/** The log that a trace was made from. */
export interface ImportSource {
  readonly tool: ImportTool;
  /** Name of the log, without its folder. */
  readonly log: string;
}

/** The tools whose logs are understood: strace, and runsc with --strace. */
export type ImportTool = 'strace' | 'gvisor';

/** What an import made of the lines of its log. */
export interface ImportCounts {
  readonly lines: number;
  /** Lines that should tell of the guest and could not be understood. */
  readonly badLines: number;
  /** Lines about something else. */
  readonly otherLines: number;
  /** The first bad line, its number from 1 on and its beginning. */
  readonly firstBad?: { readonly line: number; readonly text: string };
}

/** What a trace says when its recording ended by itself. Absent from one that was cut short. */
export interface EndFacts {
  /** Wait status of the first task. */
  readonly status: number;
  readonly duration: Nanoseconds;
}

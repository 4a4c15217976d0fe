/** The programs of test/guests by what they are about; the soak run repeats all of them. */

/** Intercept, change and nullify a child's system calls, as a User-Mode Linux kernel does; trace as debuggers do. */
export const TRACING_GUESTS = ['startup-checks', 'stub-run', 'stub-fork', 'shared-faults', 'tracer-events', 'tracer-signals', 'tracer-filters', 'tracer-watch'] as const;

/** Shared pages, replaced text, shared descriptors, every way to change an address space. */
export const MEMORY_GUESTS = ['pages', 'replace-text', 'share-files', 'shared-code', 'mmap-all', 'process-memory'] as const;

/** Signals, faults, processes, threads, programs, clocks. */
export const PROCESS_GUESTS = ['hello', 'clock', 'signals', 'segv', 'dispositions', 'forks', 'threads', 'exec-chain', 'exec-objects', 'large-results'] as const;

/** An asynchronous event lands among instructions that only their state tells apart. */
export const EXACT_POINT_GUESTS = [
  'timer-register',
  'timer-stack',
  'timer-global',
  'timer-heap',
  'timer-rewrite',
  'timer-short',
  'timer-calls',
  'timer-rep',
  'timer-nested',
  'timer-slow-handler',
  'spin-jiffies',
  'spin-threads',
  'sleepers',
  'rdtsc',
] as const;

/** Memory that is shared, moved, advised about, filled with code, reached by segments, and with what the processor chooses to save. */
export const BROAD_MEMORY_GUESTS = ['shared-memory', 'mremap-forms', 'memory-advice', 'jit', 'saved-state', 'local-segments'] as const;

/** Files, pipes, events, sockets, devices, messages: every way in and out. */
export const IO_GUESTS = ['file-calls', 'pipe-calls', 'event-calls', 'socket-calls', 'ioctls', 'ipc', 'kernel-aio'] as const;

/** Print what is another value in each run. */
export const CHANCE_GUESTS = ['machine-facts', 'random-numbers', 'old-time'] as const;

/** Ways to make a process, to start a program, to wait for one, to keep processes apart, to choose processors, and how to run on them. */
export const PROCESS_VARIANTS = ['spawn-variants', 'process-variants', 'waits', 'pidfds', 'namespaces', 'seccomp-filters', 'processors', 'real-time'] as const;

/** Locks that the kernel has a hand in or that are held for long, many threads, and one that is preempted while it faults. */
export const THREAD_VARIANTS = ['robust-futexes', 'thread-crowd', 'preempted-faults', 'early-writes', 'late-returns', 'own-steps', 'fair-locks'] as const;

/** Handlers, their frames, calls that signals interrupt, timers, a signal in code that is just written, instructions that portrace makes trap. */
export const SIGNAL_VARIANTS = ['signal-variants', 'signal-frames', 'tsc-mode', 'interrupted-calls', 'timer-kinds', 'fresh-code', 'masked-traps', 'forced-faults'] as const;

/** Every program that ends by itself and needs no argument. */
export const ALL_GUESTS = [
  ...PROCESS_GUESTS,
  ...MEMORY_GUESTS,
  ...EXACT_POINT_GUESTS,
  ...TRACING_GUESTS,
  ...BROAD_MEMORY_GUESTS,
  ...IO_GUESTS,
  ...CHANCE_GUESTS,
  ...PROCESS_VARIANTS,
  ...THREAD_VARIANTS,
  ...SIGNAL_VARIANTS,
] as const;

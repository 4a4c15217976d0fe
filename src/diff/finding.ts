/** What a comparison finds, for whoever shows it. Plain data: it can be stored and sent as JSON. */

/**
 * - `result`: the same call, other result. `arguments`: the same call, other arguments.
 * - `only-a`, `only-b`: calls on one side only. `order`: the same call at another place.
 * - `reference`: the same call about another thing of the same sort (another pipe, another task).
 * - `mapping`, `signal`, `ptrace`, `task`, `exit`, `written`: differences of those, whatever they are.
 */
export type FindingKind =
  | 'result'
  | 'arguments'
  | 'only-a'
  | 'only-b'
  | 'order'
  | 'reference'
  | 'mapping'
  | 'signal'
  | 'ptrace'
  | 'task'
  | 'exit'
  | 'written';

/** One step of one side. */
export interface FoundStep {
  /** The event where the step ended, or began where it did not end. */
  readonly event: number;
  /** Number of the task in its trace. */
  readonly task: number;
  /** The task in words: `1(sh)`. */
  readonly who: string;
  /** What the task did, in canonical words: `openat(AT_FDCWD, "/etc/passwd", O_RDONLY)`. */
  readonly did: string;
  /** What came of it: `</etc/passwd>`, `ENOENT`; empty where nothing does. */
  readonly got: string;
}

export interface Finding {
  readonly kind: FindingKind;
  /** One line that names the call and says what is different. */
  readonly headline: string;
  /** Name of the call or signal that it is about. */
  readonly subject: string;
  /**
   * The finding in words that are the same in every recording: the line of an expectation file.
   * Findings that say the same have the same key.
   */
  readonly key: string;
  /** It comes before all others in time. */
  readonly isFirst: boolean;
  /** How many differences it stands for. */
  readonly count: number;
  readonly a: readonly FoundStep[];
  readonly b: readonly FoundStep[];
  /** The steps before, the last one last. */
  readonly context: { readonly a: readonly FoundStep[]; readonly b: readonly FoundStep[] };
  /** What the trace shows to come of it. */
  readonly consequences: readonly Consequence[];
}

export interface Consequence {
  /** What ties it to its cause. */
  readonly because: 'follows at once' | 'same thing' | 'written afterwards' | 'end of the task' | 'its task';
  readonly finding: Finding;
}

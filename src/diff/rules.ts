/**
 * What two recordings of the same guest may differ in without having behaved differently. Each rule
 * has a name; a comparison leaves out what the rules in force say. docs/diff.md lists them.
 */

export interface Rule {
  /** In force unless the caller turns it off. */
  readonly byDefault: boolean;
  /** What is left out, as documentation and `--help` say it. */
  readonly says: string;
}

const on = (says: string): Rule => ({ byDefault: true, says });
const off = (says: string): Rule => ({ byDefault: false, says });

export const RULES = {
  clocks: on('times, load and other measurements that the kernel told'),
  random: on('random bytes'),
  'proc-files': on('what files below /proc and /sys hold'),
  inodes: on('inode and device numbers, blocks and times of files, how much is in a folder'),
  'host-names': on('what the host calls itself (release, version and node name of uname)'),
  ports: on('port numbers and abstract socket names that the kernel chose'),
  durations: on('times to wait, and moments to wait for, that a task worked out after it read a clock'),
  'temporary-names': on('names of files that were made up by chance (mkstemp) or of a pid'),
  'varying-text': on('numbers in text that a task writes after it learned something that varies'),
  'stream-pieces': on('in how many pieces data came from a pipe or socket'),
  'timer-ticks': on('how often a timer ticked, and where'),
  'io-signals': on('how often a signal told that a descriptor is ready (SIGIO), and where'),
  'child-signals': on('which child a wait for any found, which children a SIGCHLD is about, and which other task sent a signal, as one signal may stand for several'),
  retries: on('calls that a signal interrupted or that had nothing to do yet (EAGAIN) and were made again'),
  loops: on('rounds of a loop that waits or looks at a clock'),
  locks: on('futex calls, sched_yield and which thread a fatal signal came to: they depend on the order of threads'),
  kills: on('the last calls, few or those of a loop, of a task that another ended: how far it had got by then'),
  'tick-order': on('order and number of calls in a task that traces others and takes timer ticks, or hears of those of its tracees'),
  addresses: off('differences of mmap, mprotect, munmap, mremap and brk'),
  signals: off('differences of signals'),
  ptrace: off('differences of ptrace and of stops'),
  results: off('calls with another result'),
  'written-bytes': off('bytes that the guest wrote'),
  tasks: off('tasks on one side only'),
  'exit-status': off('how tasks ended'),
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;

export const RULE_NAMES = Object.keys(RULES) as readonly RuleName[];

/** True for the name of a rule. */
export const isRule = (name: string): name is RuleName => Object.hasOwn(RULES, name);

/** The rules in force. */
export type Rules = ReadonlySet<RuleName>;

/** The rules of a comparison: the default ones and `ignore`, without `compare`. */
export function rulesInForce(ignore: readonly RuleName[] = [], compare: readonly RuleName[] = []): Rules {
  const names = RULE_NAMES.filter((name) => RULES[name].byDefault || ignore.includes(name));
  return new Set(names.filter((name) => !compare.includes(name)));
}

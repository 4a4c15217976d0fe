/**
 * Two logs in the form of `strace -f -o` made comparable: one list of lines a task, calls that were interrupted in one
 * line, and in place of what differs from one run to the next a word.
 */
import { diffArrays } from 'diff';

/** Calls that the vDSO answers where there is one; under portrace a guest has none. */
const VDSO = /^(clock_gettime|gettimeofday|time|getcpu)\(/;

const RULES: readonly (readonly [RegExp, string])[] = [
  // Of mappings and the stack; heap and code of programs that are loaded where the kernel likes.
  [/(?<![\w"])0x(7[ef]|5[56])[0-9a-f]{10}\b/g, 'ADDRESS'],
  // What a handler leaves in rax may be an address.
  [/^(rt_sigreturn\(.*\) = )1407\d{11}$/, '$1ADDRESS'],
  [/^((?:\[[ \d]+\] )?getrandom\()"(\\x[0-9a-f]{2})+"/, '$1RANDOM'],
  [/\b(ru_[us]time)=\{tv_sec=\d+, tv_usec=\d+\}/g, '$1=TIME'],
  [/\b(si_[us]time)=\d+( \/\* [\d.]+ s \*\/)?/g, '$1=TIME'],
  // Others write to the disk, too.
  [/\b(f_(bfree|bavail|ffree))=\d+/g, '$1=FREE'],
];

/** Calls that take pids or return them; a size that happens to be one is left alone elsewhere. */
const TELLS_PIDS = /^(\[[ \d]+\] )?(kill|tkill|tgkill|wait4|waitid|getp?pid|gettid|getpgrp|getpgid|getsid|setsid|set_tid_address|clone3?|v?fork|rt_sigreturn|rt_sigqueueinfo)\(/;

/** A line without its pid; `pids` are those of the guest's tasks. */
export function normal(line: string, pids: ReadonlyMap<string, number>): string {
  // What fills up to the column of results depends on the width of the pid.
  let text = line.replace(/\) += (?=\S)/, ') = ');
  for (const [pattern, word] of RULES) text = text.replace(pattern, word);
  const named = (number: string): string => (pids.has(number) ? `PID#${pids.get(number)}` : number);
  return TELLS_PIDS.test(text) ? text.replace(/(?<![\w."\\])\d+\b(?!")/g, named) : text.replace(/(?<=\bsi_pid=)\d+/, named);
}

/** The lines of each task, in the order of pids. */
export function tasksOf(log: string): string[][] {
  const byPid = new Map<string, string[]>();
  const open = new Map<string, string>();
  for (const line of log.split('\n')) {
    const [, pid, rest] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (pid === undefined || rest === undefined) continue;
    const lines = byPid.get(pid) ?? [];
    byPid.set(pid, lines);
    const begun = /^(.*?) ?<unfinished \.\.\.>$/.exec(rest);
    const resumed = /^(?:\[[ \d]+\] )?<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    if (begun) {
      open.set(pid, begun[1]!);
      lines.push(`${begun[1]!} <unfinished ...>`);
    } else if (resumed && open.has(pid)) {
      const place = lines.lastIndexOf(`${open.get(pid)!} <unfinished ...>`);
      // A call that a signal broke off stands before the signal.
      lines[place] = joined(open.get(pid)!, resumed[1]!);
      open.delete(pid);
    } else lines.push(rest);
  }
  const sorted = [...byPid].sort(([a], [b]) => Number(a) - Number(b));
  const numbers = new Map(sorted.map(([pid], index) => [pid, index + 1]));
  // The shell that runs the programs: among which of its calls a child's end comes is chance.
  return sorted.slice(1).map(([, lines]) => withoutLoaderPages(lines.map((line) => normal(line, numbers)).filter((line) => !VDSO.test(line))));
}

/** Constants by name, by number, or both. */
const LOADER_PAGES = /^(\[ *9\] )?mmap\(NULL, 8192, (0x3|PROT_READ\|PROT_WRITE|0x3 \/\* PROT_READ\|PROT_WRITE \*\/), (0x22|MAP_PRIVATE\|MAP_ANONYMOUS|0x22 \/\* MAP_PRIVATE\|MAP_ANONYMOUS \*\/), -1, 0\) = ADDRESS$/;

/** The dynamic linker takes its first pages before it looks at a vDSO, and later where there is none: the first such line of each program. */
function withoutLoaderPages(lines: readonly string[]): string[] {
  let isTaken = true;
  return lines.filter((line) => {
    if (/^(\[[ \d]+\] )?execve(at)?\(.* = 0$/.test(line)) isTaken = false;
    else if (!isTaken && LOADER_PAGES.test(line)) return !(isTaken = true);
    return true;
  });
}

// strace leaves a blank behind the comma, or not.
const joined = (begun: string, rest: string): string => (begun.endsWith(',') ? `${begun} ${rest.trimStart()}` : begun + rest);

export interface Difference {
  /** Lines of strace, and in their place portrace's. */
  readonly strace: readonly string[];
  readonly portrace: readonly string[];
}

export interface Comparison {
  readonly equal: number;
  /** All lines: of what differs, the more of the two sides. */
  readonly lines: number;
  readonly differences: readonly Difference[];
}

export function compare(strace: string, portrace: string): Comparison {
  const [ours, theirs] = [tasksOf(portrace), tasksOf(strace)];
  const differences: Difference[] = [];
  let equal = 0;
  let lines = 0;
  for (let task = 0; task < Math.max(ours.length, theirs.length); task++) {
    let removed: string[] = [];
    for (const { added, removed: isRemoved, value } of [...diffArrays(theirs[task] ?? [], ours[task] ?? []), { added: false, removed: false, value: [] }]) {
      if (isRemoved) removed = value;
      else {
        if (added || removed.length > 0) {
          const inserted = added ? value : [];
          differences.push({ strace: removed, portrace: inserted });
          lines += Math.max(removed.length, inserted.length);
          removed = [];
        }
        if (!added) {
          equal += value.length;
          lines += value.length;
        }
      }
    }
  }
  return { equal, lines, differences };
}

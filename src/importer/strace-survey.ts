/**
 * A first look through a log of strace: where the calls return that other tasks' lines interrupt. A
 * call's arguments stand half at its beginning, half at its return, and a new task's lines may come
 * before the line that tells who made it.
 */
import type { LogFile } from './log-file.js';
import { straceLine } from './strace-lines.js';

export interface Survey {
  /** The place of the line with the rest, by the place of the line with the beginning. */
  readonly returns: ReadonlyMap<number, number>;
}

const UNFINISHED = /<(?:unfinished|pid changed to (\d+)) \.\.\.>$/;

const SUPERSEDED = /\+\+\+ superseded by execve in pid (\d+) \+\+\+$/;

export function surveyStrace(log: LogFile): Survey {
  const returns = new Map<number, number>();
  const pending = new Map<number | undefined, number>();
  for (const { text, at } of log.lines()) {
    const unfinished = text.endsWith('...>') ? UNFINISHED.exec(text) : null;
    if (unfinished) {
      const changed = unfinished[1];
      pending.set(changed === undefined ? straceLine(text).pid : Number(changed), at);
      continue;
    }
    const superseded = text.includes('+++ superseded') ? SUPERSEDED.exec(text) : null;
    if (superseded) {
      const begun = pending.get(Number(superseded[1]));
      if (begun !== undefined) pending.set(straceLine(text).pid, begun);
      continue;
    }
    if (!text.includes('<... ')) continue;
    const { pid, rest } = straceLine(text);
    const begun = rest.startsWith('<... ') ? pending.get(pid) : undefined;
    if (begun === undefined) continue;
    returns.set(begun, at);
    pending.delete(pid);
  }
  return { returns };
}

/** Starting and ending traced programs. */
import { addon, type SpawnPlan } from './addon.js';
import { trapsTimestamps } from './abilities.js';
import { answered } from './errno.js';
import { Request, StopEvent, TraceOption } from './requests.js';
import type { Stop } from './stop.js';

const SIGKILL = 9;

/** Starts a program under ptrace. Answers its pid, or a negative errno. */
export const spawnProgram = (plan: Omit<SpawnPlan, 'trapTsc' | 'inherited'> & Partial<Pick<SpawnPlan, 'inherited'>>): number =>
  addon.spawn({ inherited: [], ...plan, trapTsc: trapsTimestamps() });

/**
 * Brings a program that was just spawned to the return of its execve, of which no event tells from then on.
 * False where it did not start.
 */
export function bringToStart(pid: number, options: number, stop: Stop): boolean {
  answered(addon.wait(pid, -1, stop.block), pid, 'wait for a new program');
  if (stop.kind !== 'event' || stop.event !== StopEvent.exec) return false;
  answered(addon.request(pid, Request.setOptions, 0, options & ~TraceOption.exec), pid, 'set ptrace options');
  answered(addon.resumeAndWait(pid, Request.syscall, 0, stop.block), pid, 'start a program');
  return true;
}

/** Kills a task that is a process of its own, and waits for its end. */
export function endTask(tid: number, stop: Stop): void {
  addon.killTask(tid, tid, SIGKILL);
  do {
    if (addon.wait(tid, -1, stop.block) < 0) return;
  } while (stop.kind !== 'exited');
}

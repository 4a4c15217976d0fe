import { readdirSync, readlinkSync } from 'node:fs';

/** Pids of the living processes that run this program file. */
export function processesOf(program: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => executableOf(pid) === program)
    .map(Number);
}

function executableOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

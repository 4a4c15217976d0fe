/** Running a command with a clock and an eye on its memory. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Measured {
  readonly seconds: number;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Peak resident memory of the process itself, without its children. KiB. */
  readonly peak: number;
}

/** Runs a command to its end. */
export async function measure(command: readonly string[]): Promise<Measured> {
  const started = performance.now();
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  const pieces: Buffer[] = [];
  const errors: Buffer[] = [];
  let peak = 0;
  // VmHWM only ever grows, so looking at it now and then is enough but for the last moments.
  const watch = setInterval(() => (peak = Math.max(peak, peakOf(child.pid!))), 20);
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  child.stderr.on('data', (piece: Buffer) => errors.push(piece));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearInterval(watch);
  const seconds = (performance.now() - started) / 1000;
  return { seconds, code, stdout: Buffer.concat(pieces).toString(), stderr: Buffer.concat(errors).toString(), peak };
}

function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

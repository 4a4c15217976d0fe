/** User-Mode Linux sessions to a clean halt. */
import { rmSync } from 'node:fs';
import { record, type RecordingOptions } from './portrace.js';
import type { Finished } from './run.js';
import type { Scope } from './scope.js';

/** abort(3), as a shell tells it. */
const ABORTED = 128 + 6;
const ATTEMPTS = 4;
const HALTING = /^reboot: (System halted|Restarting system)/m;

/**
 * Runs a session. A kernel whose last timer tick comes while it halts takes a fault for it and aborts, as
 * its own main() tells (arch/um/os-Linux/main.c): such a session is run again. Every other end is the caller's to judge.
 */
export async function untilHalted(session: () => Promise<Finished>): Promise<Finished> {
  for (let attempt = 1; ; attempt++) {
    const finished = await session();
    const lostRace = finished.code === ABORTED && HALTING.test(finished.stdout);
    if (!lostRace || attempt === ATTEMPTS) return finished;
  }
}

/** Records a session, each time behind `prepare`. */
export function recordUml(
  scope: Scope,
  trace: string,
  command: readonly string[],
  options: RecordingOptions & { readonly prepare?: () => Promise<void> } = {},
): Promise<Finished> {
  return untilHalted(async () => {
    rmSync(trace, { force: true });
    await options.prepare?.();
    return record(scope, trace, command, options);
  });
}

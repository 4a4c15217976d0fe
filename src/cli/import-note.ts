/** What is to be known of an imported trace before what a command prints of it is believed. */
import { visible } from '../show/visible.js';
import type { TraceReader } from '../trace/index.js';

/** Tells standard error what the log that a trace was made of does not have. Nothing for a recording. */
export function noteImport(command: string, { session: { imported }, importCounts }: TraceReader): void {
  if (imported === undefined) return;
  const bad = importCounts?.badLines ?? 0;
  const notUnderstood = bad === 0 ? '' : `; ${bad} of its lines were not understood`;
  process.stderr.write(
    `portrace: ${command}: made of a log of ${visible(imported.tool)}: what it cut is missing, and so are times that it does not tell${notUnderstood}\n`,
  );
}

/** A User-Mode Linux session natively and recorded. */
import type { ExecutionContext } from 'ava';
import { join } from 'node:path';
import { temporaryFolder } from './folders.js';
import { run, type Finished } from './run.js';
import { recordUml, untilHalted } from './uml-record.js';
import { initOutput, okLines, umlCommand, type UmlSession } from './uml.js';

/** Runs the session natively and recorded with the same outcome; gives both and the trace. */
export async function both(t: ExecutionContext, session: UmlSession): Promise<{ trace: string; native: Finished; recorded: Finished }> {
  const trace = join(temporaryFolder(t), 'uml.trace');
  const command = umlCommand(session);
  const native = await untilHalted(() => run(t, command));
  t.notRegex(native.stdout, /^FAILED/m, 'natively');
  const recorded = await recordUml(t, trace, command);
  t.is(recorded.code, native.code, recorded.stderr);
  t.deepEqual(okLines(recorded.stdout), okLines(native.stdout), initOutput(recorded.stdout));
  return { trace, native, recorded };
}

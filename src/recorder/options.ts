/** What portrace asks to hear of each task that it records. */
import { TraceOption } from '../tracee/index.js';

export const RECORDER_OPTIONS =
  TraceOption.sysgood |
  TraceOption.fork |
  TraceOption.vfork |
  TraceOption.clone |
  TraceOption.exec |
  TraceOption.exit |
  TraceOption.seccomp |
  TraceOption.exitKill;

/** Which instructions trap in the replay of a trace. */
import type { TraceReader } from '../trace/index.js';
import type { AlsoWanted } from '../tracee/index.js';

/** Traces of before this version hold no numbers of rdrand and rdseed. */
const FIRST_WITH_RANDOM = 4;
/** Nor had they events of calls into the vsyscall page before this one. */
const FIRST_WITH_VSYSCALLS = 7;

export const instructionsOf = ({ session, formatVersion }: TraceReader): AlsoWanted => ({
  cpuid: session.host.missing.includes('processor number'),
  random: formatVersion >= FIRST_WITH_RANDOM,
  vsyscall: formatVersion >= FIRST_WITH_VSYSCALLS,
});

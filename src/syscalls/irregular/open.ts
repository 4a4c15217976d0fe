/** The mode of open(2): looked at only where a file may be made. */
import type { Description } from '../argument.js';
import { OPEN_FLAGS } from '../constants/open.js';
import { fileMode } from '../kinds/files.js';
import { showScalar } from '../kinds/kind.js';

/** O_TMPFILE without the O_DIRECTORY that it contains. */
const TMPFILE = OPEN_FLAGS.O_TMPFILE & ~OPEN_FLAGS.O_DIRECTORY;

export const createMode = (flagsName: string): Description => ({
  kind: fileMode,
  direction: 'value',
  bind({ register, neighbour }) {
    const flags = neighbour(flagsName);
    const creates = (value: number): boolean => (value & (OPEN_FLAGS.O_CREAT | TMPFILE)) !== 0;
    return { show: (call) => (creates(flags(call.args)) ? showScalar(fileMode, call.args.long(register), call.words) : undefined) };
  },
});

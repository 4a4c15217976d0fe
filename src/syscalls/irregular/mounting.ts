/** fsconfig(2) and statmount(2): fs/fsopen.c, fs/namespace.c, include/uapi/linux/mount.h, Linux 6.8. */
import { reads, type Description } from '../argument.js';
import { choice, cases, unused } from '../choice.js';
import { count, measured, type Extent } from '../extent.js';
import { bytes, path, text } from '../kinds/bytes.js';
import { u32 } from '../little-endian.js';

const CONFIGURATION_COMMANDS = {
  FSCONFIG_SET_FLAG: 0,
  FSCONFIG_SET_STRING: 1,
  FSCONFIG_SET_BINARY: 2,
  FSCONFIG_SET_PATH: 3,
  FSCONFIG_SET_PATH_EMPTY: 4,
} as const;

/** What a parameter of a file system is set to. */
export const configurationValue: Description = choice({
  by: 'command',
  cases: cases(CONFIGURATION_COMMANDS, {
    FSCONFIG_SET_STRING: reads(text),
    FSCONFIG_SET_BINARY: reads(bytes, count('auxiliary')),
    FSCONFIG_SET_PATH: reads(path),
    FSCONFIG_SET_PATH_EMPTY: reads(path),
  }),
  otherwise: unused,
});

/** The structure begins with its length, texts included; no more than the room was written. */
export const mountStatusWritten = (sizeName: string): Extent =>
  measured(({ register, neighbour }) => {
    const size = neighbour(sizeName);
    return (call) => Math.min(u32(call.left.read(call.args.number(register), 4), 0), size(call.args));
  });

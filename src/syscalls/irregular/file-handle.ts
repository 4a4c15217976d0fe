/** name_to_handle_at(2), open_by_handle_at(2): struct file_handle, include/linux/fs.h, fs/fhandle.c of Linux 6.12. */
import { measured, type Extent } from '../extent.js';
import { before } from '../guest.js';
import { u32 } from '../little-endian.js';

/** handle_bytes and handle_type; the handle follows. */
const HEADER = 8;
/** MAX_HANDLE_SZ */
const LARGEST = 128;
/** The mount id is 64 bits long with this flag (Linux 6.12). */
const AT_HANDLE_MNT_ID_UNIQUE = 1;
const EOVERFLOW = -75;

/** The header and as many bytes as it says there are. */
export const handleFound: Extent = measured(
  ({ register }) =>
    (call) => HEADER + Math.min(u32(before(call, call.args.number(register), 4), 0), LARGEST),
);

/** On success the handle; where it did not fit, the header that says how much room it needs. */
export const handleWritten: Extent = measured(({ register }) => (call) => {
  if (call.result === EOVERFLOW) return HEADER;
  if (call.result < 0) return 0;
  return HEADER + Math.min(u32(call.left.read(call.args.number(register), 4), 0), LARGEST);
});

/** Written with the header. */
export const mountIdSize = (flagsName: string): Extent =>
  measured(({ neighbour }) => {
    const flags = neighbour(flagsName);
    return (call) => {
      if (call.result < 0 && call.result !== EOVERFLOW) return 0;
      return flags(call.args) & AT_HANDLE_MNT_ID_UNIQUE ? 8 : 4;
    };
  });

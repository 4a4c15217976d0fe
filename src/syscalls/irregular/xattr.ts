/** setxattrat(2), getxattrat(2): struct xattr_args, include/uapi/linux/xattr.h, Linux 6.13. */
import type { Description } from '../argument.js';
import { before, keepInput, noteRange, showPointer, type CallView } from '../guest.js';
import { bytes } from '../kinds/bytes.js';
import { showWhole } from '../kinds/kind.js';
import { address, uint } from '../kinds/numbers.js';
import { struct } from '../kinds/struct.js';
import { u32, u64 } from '../little-endian.js';

const xattrArguments = struct('xattr_args', 16, { value: [0, address], size: [8, uint], flags: [12, uint] });

function found(call: CallView, at: number): { value: number; size: number } {
  const given = before(call, at, xattrArguments.size);
  return { value: u64(given, 0), size: u32(given, 8) };
}

function show(call: CallView, at: number): string {
  const given = before(call, at, xattrArguments.size);
  return given.length > 0 ? showWhole(xattrArguments, given, given.length, call.words) : showPointer(call, at);
}

/** The structure and the value that it points at. */
export const valueGiven: Description = {
  kind: xattrArguments,
  direction: 'in',
  bind: ({ index, register }) => ({
    inputs(call, to) {
      const at = call.args.number(register);
      keepInput(call, to, { argument: index, address: at, length: xattrArguments.size });
      const { value, size } = found(call, at);
      keepInput(call, to, { argument: index, address: value, length: size });
    },
    show: (call) => show(call, call.args.number(register)),
  }),
};

/** The structure; the kernel writes the value behind its pointer. */
export const valueWanted: Description = {
  kind: bytes,
  direction: 'inout',
  bind: ({ index, register }) => ({
    inputs: (call, to) => keepInput(call, to, { argument: index, address: call.args.number(register), length: xattrArguments.size }),
    outputs(call, to) {
      const { value, size } = found(call, call.args.number(register));
      noteRange(to, value, Math.min(call.result, size));
    },
    show: (call) => show(call, call.args.number(register)),
  }),
};

/** SIOCGIFCONF: struct ifconf, a length and a buffer of interface entries; netdevice(7), net/core/dev_ioctl.c. */
import type { Description } from '../argument.js';
import { before, keepInput, noteRange, showPointer } from '../guest.js';
import { showWhole } from '../kinds/kind.js';
import { address, int } from '../kinds/numbers.js';
import { struct } from '../kinds/struct.js';
import { i32, u64 } from '../little-endian.js';

const ifconf = struct('ifconf', 16, { ifc_len: [0, int], ifc_buf: [8, address] });

export const interfaceList: Description = {
  kind: ifconf,
  direction: 'inout',
  bind: ({ index, register }) => ({
    inputs: (call, to) => keepInput(call, to, { argument: index, address: call.args.number(register), length: ifconf.size }),
    outputs(call, to) {
      if (call.result < 0) return;
      const at = call.args.number(register);
      const given = before(call, at, ifconf.size);
      const length = Math.min(i32(given, 0), i32(call.left.read(at, 4), 0));
      noteRange(to, at, ifconf.size);
      noteRange(to, u64(given, 8), length);
    },
    show(call) {
      const at = call.args.number(register);
      const given = before(call, at, ifconf.size);
      return given.length === ifconf.size ? showWhole(ifconf, given, given.length, call.words) : showPointer(call, at);
    },
  }),
};

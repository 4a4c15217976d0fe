/** The sets of capget(2) and capset(2): one or two structures, by version; kernel/capability.c, Linux 6.6. */
import { reads, writes, type Description } from '../argument.js';
import { measured, type Extent } from '../extent.js';
import { before } from '../guest.js';
import { opaque } from '../kinds/bytes.js';
import { u32 } from '../little-endian.js';

/** Versions 2 and 3 have sets of 64 bits, in two structures. */
const VERSION_1 = 0x19980330;
const sets = opaque('capability sets', 12);

const setsOf = (headerName: string): Extent =>
  measured(({ neighbour }) => {
    const header = neighbour(headerName);
    return (call) => {
      const given = before(call, header(call.args), 4);
      return u32(given, 0) === VERSION_1 ? sets.size : sets.size * 2;
    };
  });

export const capabilityData = (headerName: string, direction: 'in' | 'out'): Description =>
  direction === 'in' ? reads(sets, setsOf(headerName)) : writes(sets, setsOf(headerName));

/** modify_ldt(2) by function: arch/x86/kernel/ldt.c, Linux 6.6. */
import { reads, writes } from '../argument.js';
import { choice } from '../choice.js';
import { returned } from '../extent.js';
import { bytes } from '../kinds/bytes.js';
import { address } from '../kinds/numbers.js';
import { userDescriptor } from '../kinds/processes.js';

const READ = 0;
const WRITE_OLD = 1;
const READ_DEFAULT = 2;
const WRITE = 0x11;

export const modifyLdtData = choice({
  by: 'function',
  cases: new Map([
    [READ, writes(bytes, returned('count'))],
    [READ_DEFAULT, writes(bytes, returned('count'))],
    [WRITE_OLD, reads(userDescriptor)],
    [WRITE, reads(userDescriptor)],
  ]),
  otherwise: address,
});

/** syslog(2) by action: kernel/printk/printk.c, Linux 6.6. */
import { writes } from '../argument.js';
import { choice } from '../choice.js';
import { returned } from '../extent.js';
import { bytes } from '../kinds/bytes.js';
import { address } from '../kinds/numbers.js';

const READ = 2;
const READ_ALL = 3;
const READ_CLEAR = 4;
const messages = writes(bytes, returned('length'));

export const syslogBuffer = choice({
  by: 'type',
  cases: new Map([READ, READ_ALL, READ_CLEAR].map((action) => [action, messages])),
  otherwise: address,
});

/** The machine and the kernel as a whole: kernel/sys.c, printk.c, module, bpf, events, fs/quota, Linux 6.6. */
import { reads, writes } from '../argument.js';
import { count, returned } from '../extent.js';
import { bpfAttributes, bpfCommand } from '../irregular/bpf.js';
import { perfAttributes } from '../irregular/perf.js';
import { quotaArgument, quotaCommand } from '../irregular/quota.js';
import { syslogBuffer } from '../irregular/syslog.js';
import { bytes, path, text, varyingBytes } from '../kinds/bytes.js';
import { address, bits32, bits64, descriptor, identifier, int, processId, size, uint, ulong } from '../kinds/numbers.js';
import * as process from '../kinds/processes.js';
import type { Family } from '../row.js';

export const SYSTEM: Family = {
  uname: [63, { name: writes(process.utsname) }],
  sysinfo: [99, { info: writes(process.sysinfo) }],
  syslog: [103, { type: int, buffer: syslogBuffer, length: int }],
  vhangup: [153, {}],
  sync: [162, {}],
  acct: [163, { path: reads(path) }],
  reboot: [169, { magic: bits32, magic2: bits32, command: bits32, argument: reads(text) }],
  sethostname: [170, { name: reads(bytes, count('length')), length: int }],
  setdomainname: [171, { name: reads(bytes, count('length')), length: int }],
  iopl: [172, { level: int }],
  ioperm: [173, { from: ulong, count: ulong, on: int }],
  init_module: [175, { image: reads(bytes, count('length')), length: ulong, parameters: reads(text) }],
  delete_module: [176, { name: reads(text), flags: bits32 }],
  quotactl: [179, { command: quotaCommand, device: reads(path), id: identifier, argument: quotaArgument }],
  perf_event_open: [298, { attributes: perfAttributes, pid: processId, cpu: int, group: descriptor, flags: bits64 }, descriptor],
  syncfs: [306, { fd: descriptor }],
  finit_module: [313, { fd: descriptor, parameters: reads(text), flags: bits32 }],
  getrandom: [318, { buffer: writes(varyingBytes, returned('count')), count: size, flags: bits32 }],
  bpf: [321, { command: bpfCommand, attributes: bpfAttributes('size'), size: uint }],
  quotactl_fd: [443, { fd: descriptor, command: quotaCommand, id: identifier, argument: quotaArgument }],
};

/**
 * Numbers that x86-64 Linux keeps but answers with ENOSYS (arch/x86/entry/syscalls/syscall_64.tbl,
 * Linux 6.6): nothing is read or written.
 */
export const UNIMPLEMENTED: Family = {
  _sysctl: [156, { argument: address }],
  create_module: [174, {}],
  get_kernel_syms: [177, {}],
  query_module: [178, {}],
  nfsservctl: [180, {}],
  getpmsg: [181, {}],
  putpmsg: [182, {}],
  afs_syscall: [183, {}],
  tuxcall: [184, {}],
  security: [185, {}],
  epoll_ctl_old: [214, {}],
  epoll_wait_old: [215, {}],
  vserver: [236, {}],
};

/** Called by code that the kernel puts into a process, never by the process itself. */
export const TRAMPOLINES: Family = { uretprobe: [335, {}] };

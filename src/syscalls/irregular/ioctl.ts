/**
 * ioctl(2) by request. Requests that say by their number what they read and write
 * (include/uapi/asm-generic/ioctl.h) need no line here unless their number is wrong about it;
 * the older ones do. Checked against drivers/tty/tty_ioctl.c, net/socket.c, block/ioctl.c,
 * drivers/net/tun.c, fs/ioctl.c of Linux 6.6.
 */
import { both, reads, updates, writes, type Described, type Description } from '../argument.js';
import { cases, choice, undescribed, unused } from '../choice.js';
import { IOCTL_REQUESTS } from '../constants/ioctl-requests.js';
import { measured, times } from '../extent.js';
import { bytes, hostBytes, opaque, textField } from '../kinds/bytes.js';
import { byValue } from '../kinds/names.js';
import { bits32, descriptor, hex, identifier, int, long, processId, scalar, uint, ulong, ushort } from '../kinds/numbers.js';
import { struct } from '../kinds/struct.js';
import { styled } from '../kinds/styled.js';
import { toldTimespec, toldTimeval } from '../kinds/time.js';
import { deduplicated, digestMeasured, mappedExtents } from './file-lists.js';
import { interfaceList } from './interface-list.js';

const names = byValue(IOCTL_REQUESTS);
const DIRECTIONS = ['_IOC_NONE', '_IOC_WRITE', '_IOC_READ', '_IOC_READ|_IOC_WRITE'];

const encoded = (request: number): { direction: number; size: number } => ({
  direction: request >>> 30,
  size: (request >>> 16) & 0x3fff,
});

function showRequest(value: bigint): string {
  const request = Number(value);
  const { direction, size } = encoded(request);
  const name = names.get(request);
  if (name !== undefined) return name;
  if (direction === 0 && size === 0) return hex(request);
  return `_IOC(${DIRECTIONS[direction]}, ${hex((request >> 8) & 0xff)}, ${hex(request & 0xff)}, ${hex(size)})`;
}

export const ioctlRequest = scalar('ioctl request', { bytes: 4, show: showRequest, strace: (value, style) => styled(style, hex(value), showRequest(value)) });

const flagsOfTerminal = { c_iflag: [0, bits32], c_oflag: [4, bits32], c_cflag: [8, bits32], c_lflag: [12, bits32] } as const;
/** The kernel's termios, not the C library's. */
const termios = struct('termios', 36, flagsOfTerminal);
const termios2 = struct('termios2', 44, flagsOfTerminal);
const termio = opaque('termio', 18);
const termiox = opaque('termiox', 16);
const windowSize = struct('winsize', 8, { ws_row: [0, ushort], ws_col: [2, ushort], ws_xpixel: [4, ushort], ws_ypixel: [6, ushort] });
const serial = opaque('serial_struct', 72);
const rs485 = opaque('serial_rs485', 32);
const counters = opaque('serial_icounter_struct', 80);
const interfaceRequest = struct('ifreq', 40, { ifr_name: [0, textField(16)], ifr_flags: [16, { ...ushort, show: hex }] });
const arpRequest = opaque('arpreq', 68);
const route = opaque('rtentry', 120);

const TERMINALS = cases(IOCTL_REQUESTS, {
  TCGETS: writes(termios),
  TCSETS: reads(termios),
  TCSETSW: reads(termios),
  TCSETSF: reads(termios),
  TCGETS2: writes(termios2),
  TCSETS2: reads(termios2),
  TCSETSW2: reads(termios2),
  TCSETSF2: reads(termios2),
  TCGETA: writes(termio),
  TCSETA: reads(termio),
  TCSETAW: reads(termio),
  TCSETAF: reads(termio),
  TCGETX: writes(termiox),
  TCSETX: reads(termiox),
  TCSETXF: reads(termiox),
  TCSETXW: reads(termiox),
  TIOCGLCKTRMIOS: writes(termios),
  TIOCSLCKTRMIOS: reads(termios),
  TCSBRK: long,
  TCSBRKP: long,
  TCXONC: long,
  TCFLSH: long,
  TIOCEXCL: unused,
  TIOCNXCL: unused,
  TIOCSCTTY: long,
  TIOCGPGRP: writes(processId),
  TIOCSPGRP: reads(processId),
  TIOCOUTQ: writes(int),
  TIOCSTI: reads(bytes),
  TIOCGWINSZ: writes(windowSize),
  TIOCSWINSZ: reads(windowSize),
  TIOCMGET: writes(bits32),
  TIOCMBIS: reads(bits32),
  TIOCMBIC: reads(bits32),
  TIOCMSET: reads(bits32),
  TIOCMIWAIT: long,
  TIOCGICOUNT: writes(counters),
  TIOCGSOFTCAR: writes(int),
  TIOCSSOFTCAR: reads(int),
  FIONREAD: writes(int),
  TIOCCONS: unused,
  TIOCGSERIAL: writes(serial),
  TIOCSSERIAL: reads(serial),
  TIOCSERGETLSR: writes(uint),
  TIOCPKT: reads(int),
  FIONBIO: reads(int),
  TIOCNOTTY: unused,
  TIOCSETD: reads(int),
  TIOCGETD: writes(int),
  TIOCSBRK: unused,
  TIOCCBRK: unused,
  TIOCGSID: writes(processId),
  TIOCGRS485: writes(rs485),
  TIOCSRS485: updates(rs485),
  TIOCVHANGUP: unused,
  TIOCSIG: long,
  TIOCGPTPEER: long,
  TIOCGPTN: writes(identifier),
  TIOCSPTLCK: reads(int),
  TIOCGPTLCK: writes(int),
  FIONCLEX: unused,
  FIOCLEX: unused,
  FIOASYNC: reads(int),
  FIOQSIZE: writes(ulong),
});

/** linux/seccomp.h. */
const notificationId = scalar('identifier', { bytes: 8, compare: 'identifier' });
const notification = struct('seccomp_notif', 80, { id: [0, notificationId], pid: [8, processId], flags: [12, bits32], nr: [16, int], arch: [20, bits32] });
const answer = struct('seccomp_notif_resp', 24, { id: [0, notificationId], val: [8, long], error: [16, int], flags: [20, bits32] });
const addedDescriptor = struct('seccomp_notif_addfd', 24, { id: [0, notificationId], flags: [8, bits32], srcfd: [12, descriptor], newfd: [16, int], newfd_flags: [20, bits32] });

const NOTIFICATIONS = cases(IOCTL_REQUESTS, {
  SECCOMP_IOCTL_NOTIF_RECV: updates(notification),
  SECCOMP_IOCTL_NOTIF_SEND: reads(answer),
  SECCOMP_IOCTL_NOTIF_ID_VALID: reads(notificationId),
  SECCOMP_IOCTL_NOTIF_ADDFD: reads(addedDescriptor),
});

const DISKS = cases(IOCTL_REQUESTS, {
  FIBMAP: updates(int),
  FIGETBSZ: writes(int),
  BLKROSET: reads(int),
  BLKROGET: writes(int),
  BLKRRPART: unused,
  BLKGETSIZE: writes(ulong),
  BLKFLSBUF: unused,
  BLKRASET: long,
  BLKRAGET: writes(long),
  BLKFRASET: long,
  BLKFRAGET: writes(long),
  BLKSECTGET: writes(ushort),
  BLKSSZGET: writes(int),
  BLKIOMIN: writes(uint),
  BLKIOOPT: writes(uint),
  BLKALIGNOFF: writes(int),
  BLKPBSZGET: writes(uint),
  BLKDISCARD: reads(ulong, times(2)),
  BLKDISCARDZEROES: writes(uint),
  BLKSECDISCARD: reads(ulong, times(2)),
  BLKZEROOUT: reads(ulong, times(2)),
  BLKROTATIONAL: writes(ushort),
  // Encoded as size_t, but what is read and written is an int.
  BLKBSZGET: writes(int),
  BLKBSZSET: reads(int),
  FICLONE: descriptor,
  // Encoded as long; the file systems use 32 bits, and some write all 64: the longer is safe.
  FS_IOC_GETFLAGS: writes(long),
  FS_IOC_SETFLAGS: reads(int),
  // These say by their number how long they are without the list behind them.
  FS_IOC_FIEMAP: both(reads(bytes, measured(mappedExtents)), writes(hostBytes, measured(mappedExtents))),
  FIDEDUPERANGE: updates(bytes, measured(deduplicated)),
  FS_IOC_MEASURE_VERITY: updates(bytes, measured(digestMeasured)),
  FS_IOC_GET_ENCRYPTION_POLICY_EX: updates(opaque('fscrypt_get_policy_ex_arg', 32)),
  FS_IOC_READ_VERITY_METADATA: undescribed,
  FIFREEZE: unused,
  FITHAW: unused,
  LOOP_SET_FD: descriptor,
  LOOP_CLR_FD: unused,
  LOOP_SET_STATUS: reads(opaque('loop_info', 168)),
  LOOP_GET_STATUS: writes(opaque('loop_info', 168)),
  LOOP_SET_STATUS64: reads(opaque('loop_info64', 232)),
  LOOP_GET_STATUS64: writes(opaque('loop_info64', 232)),
  LOOP_CHANGE_FD: descriptor,
  LOOP_SET_CAPACITY: unused,
  LOOP_SET_DIRECT_IO: long,
  LOOP_SET_BLOCK_SIZE: long,
  LOOP_CONFIGURE: reads(opaque('loop_config', 304)),
  LOOP_CTL_ADD: long,
  LOOP_CTL_REMOVE: long,
  LOOP_CTL_GET_FREE: unused,
});

/** Requests on an interface: the kernel copies the whole ifreq back where it answers. */
const interfaceAnswers = (request: number): boolean => request >= 0x8910 && request <= 0x8948;

const SOCKETS = cases(IOCTL_REQUESTS, {
  FIOSETOWN: reads(processId),
  SIOCSPGRP: reads(processId),
  FIOGETOWN: writes(processId),
  SIOCGPGRP: writes(processId),
  SIOCATMARK: writes(int),
  SIOCGSTAMP: writes(toldTimeval),
  SIOCGSTAMPNS: writes(toldTimespec),
  SIOCADDRT: reads(route),
  SIOCDELRT: reads(route),
  SIOCGIFCONF: interfaceList,
  // What it writes lies behind a pointer in the ifreq and is as long as its own command says.
  SIOCETHTOOL: undescribed,
  SIOCGSKNS: unused,
  SIOCDARP: reads(arpRequest),
  SIOCGARP: updates(arpRequest),
  SIOCSARP: reads(arpRequest),
  SIOCGIFMAP: updates(interfaceRequest),
  SIOCSIFMAP: updates(interfaceRequest),
  SIOCBONDENSLAVE: reads(interfaceRequest),
  SIOCBONDRELEASE: reads(interfaceRequest),
  SIOCBONDSETHWADDR: reads(interfaceRequest),
  SIOCBONDCHANGEACTIVE: reads(interfaceRequest),
  SIOCBRADDBR: reads(textField(16)),
  SIOCBRDELBR: reads(textField(16)),
  SIOCBRADDIF: reads(interfaceRequest),
  SIOCBRDELIF: reads(interfaceRequest),
});

const OTHERS = cases(IOCTL_REQUESTS, {
  // Encoded as unsigned int, but an ifreq is read and written back.
  TUNSETIFF: updates(interfaceRequest),
  TUNGETIFF: writes(interfaceRequest),
  TUNSETNOCSUM: long,
  TUNSETDEBUG: long,
  TUNSETPERSIST: long,
  TUNSETOWNER: long,
  TUNSETLINK: long,
  TUNSETGROUP: long,
  TUNSETOFFLOAD: long,
  TUNSETQUEUE: reads(interfaceRequest),
  TUNGETDEVNETNS: unused,
  PERF_EVENT_IOC_ENABLE: long,
  PERF_EVENT_IOC_DISABLE: long,
  PERF_EVENT_IOC_REFRESH: long,
  PERF_EVENT_IOC_RESET: long,
  PERF_EVENT_IOC_SET_OUTPUT: descriptor,
  PERF_EVENT_IOC_SET_BPF: descriptor,
  RNDZAPENTCNT: unused,
  RNDCLEARPOOL: unused,
  RNDRESEEDCRNG: unused,
  RTC_AIE_ON: unused,
  RTC_AIE_OFF: unused,
  RTC_UIE_ON: unused,
  RTC_UIE_OFF: unused,
  RTC_PIE_ON: unused,
  RTC_PIE_OFF: unused,
  RTC_WIE_ON: unused,
  RTC_WIE_OFF: unused,
  NS_GET_USERNS: unused,
  NS_GET_PARENT: unused,
  NS_GET_NSTYPE: unused,
  NS_GET_OWNER_UID: writes(uint),
  KDGKBTYPE: writes(bytes),
  KDGETMODE: writes(int),
  KDSETMODE: long,
  KDGKBMODE: writes(int),
  KDSKBMODE: long,
  VT_OPENQRY: writes(int),
  VT_GETMODE: writes(opaque('vt_mode', 8)),
  VT_SETMODE: reads(opaque('vt_mode', 8)),
  VT_GETSTATE: writes(opaque('vt_stat', 6)),
  VT_ACTIVATE: long,
  VT_WAITACTIVE: long,
  VT_DISALLOCATE: long,
});

/** By what the request's number says; of an older request it says nothing. */
function byEncoding(request: number): Described {
  const { direction, size } = encoded(request);
  if (interfaceAnswers(request)) return updates(interfaceRequest);
  if (size === 0 || direction === 0) return undescribed;
  const structure = opaque('structure', size);
  if (direction === 1) return reads(structure);
  return direction === 2 ? writes(structure) : updates(structure);
}

export const ioctlArgument = (requestName: string): Description =>
  choice({ by: requestName, cases: new Map([...TERMINALS, ...NOTIFICATIONS, ...DISKS, ...SOCKETS, ...OTHERS]), otherwise: byEncoding });


/**
 * Constants that only the text of a call has, beside those that its rows need: include/uapi/linux/random.h, ipc.h,
 * shm.h, ioprio.h, kcmp.h, personality.h, membarrier.h, capability.h, in.h, netlink.h, checked against Linux 6.1.
 */
export const RANDOM_FLAGS = { GRND_NONBLOCK: 1, GRND_RANDOM: 2, GRND_INSECURE: 4 } as const;

export const IPC_FLAGS = { IPC_CREAT: 0o1000, IPC_EXCL: 0o2000, IPC_NOWAIT: 0o4000 } as const;
export const SHM_FLAGS = { IPC_CREAT: 0o1000, IPC_EXCL: 0o2000, SHM_HUGETLB: 0o4000, SHM_NORESERVE: 0o10000 } as const;

export const IOPRIO_WHO = { IOPRIO_WHO_PROCESS: 1, IOPRIO_WHO_PGRP: 2, IOPRIO_WHO_USER: 3 } as const;
export const IOPRIO_CLASSES: readonly string[] = ['IOPRIO_CLASS_NONE', 'IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE'];

export const KCMP_TYPES = { KCMP_FILE: 0, KCMP_VM: 1, KCMP_FILES: 2, KCMP_FS: 3, KCMP_SIGHAND: 4, KCMP_IO: 5, KCMP_SYSVSEM: 6, KCMP_EPOLL_TFD: 7 } as const;

export const DUMPABLE = { SUID_DUMP_DISABLE: 0, SUID_DUMP_USER: 1, SUID_DUMP_ROOT: 2 } as const;

export const MEMBARRIER_COMMANDS = {
  MEMBARRIER_CMD_QUERY: 0,
  MEMBARRIER_CMD_GLOBAL: 1,
  MEMBARRIER_CMD_GLOBAL_EXPEDITED: 2,
  MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED: 4,
  MEMBARRIER_CMD_PRIVATE_EXPEDITED: 8,
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED: 16,
  MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE: 32,
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE: 64,
  MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ: 128,
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ: 256,
} as const;

const PERSONALITY_FLAGS = {
  UNAME26: 0x20000,
  ADDR_NO_RANDOMIZE: 0x40000,
  FDPIC_FUNCPTRS: 0x80000,
  MMAP_PAGE_ZERO: 0x100000,
  ADDR_COMPAT_LAYOUT: 0x200000,
  READ_IMPLIES_EXEC: 0x400000,
  ADDR_LIMIT_32BIT: 0x800000,
  SHORT_INODE: 0x1000000,
  WHOLE_SECONDS: 0x2000000,
  STICKY_TIMEOUTS: 0x4000000,
  ADDR_LIMIT_3GB: 0x8000000,
} as const;
const PERSONALITY_TYPES: Readonly<Record<number, string>> = { 0: 'PER_LINUX', 8: 'PER_LINUX32' };

/** `PER_LINUX|ADDR_NO_RANDOMIZE` */
export function personalityName(value: number): string {
  const type = PERSONALITY_TYPES[value & 0xff] ?? `${value & 0xff}`;
  const flags = Object.entries(PERSONALITY_FLAGS).filter(([, bit]) => (value & bit) !== 0);
  return [type, ...flags.map(([name]) => name)].join('|');
}

/** In the order of their numbers. */
export const CAPABILITIES: readonly string[] = [
  'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP', 'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER', 'SYS_MODULE', 'SYS_RAWIO', 'SYS_CHROOT',
  'SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD', 'LEASE',
  'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP', 'MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ',
  'PERFMON', 'BPF', 'CHECKPOINT_RESTORE',
].map((name) => `CAP_${name}`);

/** `1<<CAP_CHOWN|1<<CAP_KILL` */
export function capabilitySet(bits: bigint): string {
  const names = CAPABILITIES.filter((_, bit) => (bits >> BigInt(bit)) & 1n).map((name) => `1<<${name}`);
  const rest = bits >> BigInt(CAPABILITIES.length);
  if (rest !== 0n) names.push(`0x${(rest << BigInt(CAPABILITIES.length)).toString(16)}`);
  return names.join('|') || '0';
}

const IP_PROTOCOLS = { IPPROTO_IP: 0, IPPROTO_ICMP: 1, IPPROTO_IGMP: 2, IPPROTO_TCP: 6, IPPROTO_UDP: 17, IPPROTO_IPV6: 41, IPPROTO_ICMPV6: 58, IPPROTO_SCTP: 132, IPPROTO_RAW: 255 } as const;
const NETLINK_PROTOCOLS = {
  NETLINK_ROUTE: 0, NETLINK_USERSOCK: 2, NETLINK_FIREWALL: 3, NETLINK_SOCK_DIAG: 4, NETLINK_NFLOG: 5, NETLINK_XFRM: 6, NETLINK_SELINUX: 7,
  NETLINK_ISCSI: 8, NETLINK_AUDIT: 9, NETLINK_FIB_LOOKUP: 10, NETLINK_CONNECTOR: 11, NETLINK_NETFILTER: 12, NETLINK_KOBJECT_UEVENT: 15,
  NETLINK_GENERIC: 16, NETLINK_CRYPTO: 21,
} as const;

/** The protocol of socket(2) by family: AF_INET, AF_INET6, AF_NETLINK. */
export const PROTOCOLS_OF_FAMILY: Readonly<Record<number, Readonly<Record<string, number>> | undefined>> = { 2: IP_PROTOCOLS, 10: IP_PROTOCOLS, 16: NETLINK_PROTOCOLS };

/** include/uapi/linux/rtnetlink.h, as far as requests go. */
export const ROUTE_MESSAGES = {
  RTM_NEWLINK: 16, RTM_DELLINK: 17, RTM_GETLINK: 18, RTM_SETLINK: 19, RTM_NEWADDR: 20, RTM_DELADDR: 21, RTM_GETADDR: 22,
  RTM_NEWROUTE: 24, RTM_DELROUTE: 25, RTM_GETROUTE: 26, RTM_NEWNEIGH: 28, RTM_DELNEIGH: 29, RTM_GETNEIGH: 30, RTM_NEWRULE: 32, RTM_GETRULE: 34,
} as const;
export const NETLINK_MESSAGES = { NLMSG_NOOP: 1, NLMSG_ERROR: 2, NLMSG_DONE: 3, NLMSG_OVERRUN: 4 } as const;

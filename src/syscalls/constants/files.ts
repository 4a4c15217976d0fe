/**
 * Calls on files and their content: include/uapi/linux/stat.h, fs.h, falloc.h, eventpoll.h, eventfd.h,
 * inotify.h, memfd.h, mount.h, xattr.h, asm-generic/poll.h; checked against Linux 6.1 headers.
 */
/** lseek(2). */
export const SEEK_ORIGINS = {
  SEEK_SET: 0,
  SEEK_CUR: 1,
  SEEK_END: 2,
  SEEK_DATA: 3,
  SEEK_HOLE: 4,
} as const;

/** st_mode. */
export const FILE_TYPES = {
  S_IFIFO: 0x1000,
  S_IFCHR: 0x2000,
  S_IFDIR: 0x4000,
  S_IFBLK: 0x6000,
  S_IFREG: 0x8000,
  S_IFLNK: 0xa000,
  S_IFSOCK: 0xc000,
} as const;

/** statx(2). */
export const STATX_MASK = {
  STATX_TYPE: 1,
  STATX_MODE: 2,
  STATX_NLINK: 4,
  STATX_UID: 8,
  STATX_GID: 0x10,
  STATX_ATIME: 0x20,
  STATX_MTIME: 0x40,
  STATX_CTIME: 0x80,
  STATX_INO: 0x100,
  STATX_SIZE: 0x200,
  STATX_BLOCKS: 0x400,
  STATX_BASIC_STATS: 0x7ff,
  STATX_BTIME: 0x800,
  STATX_MNT_ID: 0x1000,
  STATX_DIOALIGN: 0x2000,
  STATX_MNT_ID_UNIQUE: 0x4000,
  STATX_SUBVOL: 0x8000,
  STATX_WRITE_ATOMIC: 0x10000,
  STATX_DIO_READ_ALIGN: 0x20000,
} as const;

/** fallocate(2). */
export const FALLOCATE_MODES = {
  FALLOC_FL_KEEP_SIZE: 1,
  FALLOC_FL_PUNCH_HOLE: 2,
  FALLOC_FL_COLLAPSE_RANGE: 8,
  FALLOC_FL_ZERO_RANGE: 0x10,
  FALLOC_FL_INSERT_RANGE: 0x20,
  FALLOC_FL_UNSHARE_RANGE: 0x40,
} as const;

/** fadvise64(2). */
export const FILE_ADVICE = {
  POSIX_FADV_NORMAL: 0,
  POSIX_FADV_RANDOM: 1,
  POSIX_FADV_SEQUENTIAL: 2,
  POSIX_FADV_WILLNEED: 3,
  POSIX_FADV_DONTNEED: 4,
  POSIX_FADV_NOREUSE: 5,
} as const;

/** epoll_ctl(2). */
export const EPOLL_OPERATIONS = {
  EPOLL_CTL_ADD: 1,
  EPOLL_CTL_DEL: 2,
  EPOLL_CTL_MOD: 3,
} as const;

/** struct epoll_event. */
export const EPOLL_EVENTS = {
  EPOLLIN: 1,
  EPOLLPRI: 2,
  EPOLLOUT: 4,
  EPOLLERR: 8,
  EPOLLHUP: 0x10,
  EPOLLNVAL: 0x20,
  EPOLLRDNORM: 0x40,
  EPOLLRDBAND: 0x80,
  EPOLLWRNORM: 0x100,
  EPOLLWRBAND: 0x200,
  EPOLLMSG: 0x400,
  EPOLLRDHUP: 0x2000,
  EPOLLEXCLUSIVE: 0x10000000,
  EPOLLWAKEUP: 0x20000000,
  EPOLLONESHOT: 0x40000000,
  EPOLLET: 0x80000000,
} as const;

/** struct pollfd. */
export const POLL_EVENTS = {
  POLLIN: 1,
  POLLPRI: 2,
  POLLOUT: 4,
  POLLERR: 8,
  POLLHUP: 0x10,
  POLLNVAL: 0x20,
  POLLRDNORM: 0x40,
  POLLRDBAND: 0x80,
  POLLWRNORM: 0x100,
  POLLWRBAND: 0x200,
  POLLMSG: 0x400,
  POLLREMOVE: 0x1000,
  POLLRDHUP: 0x2000,
} as const;

/** epoll_create1(2). */
export const EPOLL_CREATE_FLAGS = {
  EPOLL_CLOEXEC: 0x80000,
} as const;

/** eventfd2(2). */
export const EVENTFD_FLAGS = {
  EFD_SEMAPHORE: 1,
  EFD_NONBLOCK: 0x800,
  EFD_CLOEXEC: 0x80000,
} as const;

/** inotify_init1(2). */
export const INOTIFY_FLAGS = {
  IN_NONBLOCK: 0x800,
  IN_CLOEXEC: 0x80000,
} as const;

/** inotify_add_watch(2). */
export const INOTIFY_EVENTS = {
  IN_ACCESS: 1,
  IN_MODIFY: 2,
  IN_ATTRIB: 4,
  IN_CLOSE_WRITE: 8,
  IN_CLOSE_NOWRITE: 0x10,
  IN_OPEN: 0x20,
  IN_MOVED_FROM: 0x40,
  IN_MOVED_TO: 0x80,
  IN_CREATE: 0x100,
  IN_DELETE: 0x200,
  IN_DELETE_SELF: 0x400,
  IN_MOVE_SELF: 0x800,
  IN_UNMOUNT: 0x2000,
  IN_Q_OVERFLOW: 0x4000,
  IN_IGNORED: 0x8000,
  IN_ONLYDIR: 0x1000000,
  IN_DONT_FOLLOW: 0x2000000,
  IN_EXCL_UNLINK: 0x4000000,
  IN_MASK_CREATE: 0x10000000,
  IN_MASK_ADD: 0x20000000,
  IN_ISDIR: 0x40000000,
  IN_ONESHOT: 0x80000000,
} as const;

/** memfd_create(2). */
export const MEMFD_FLAGS = {
  MFD_CLOEXEC: 1,
  MFD_ALLOW_SEALING: 2,
  MFD_HUGETLB: 4,
  MFD_NOEXEC_SEAL: 8,
  MFD_EXEC: 0x10,
} as const;

/** splice(2), tee(2), vmsplice(2). */
export const SPLICE_FLAGS = {
  SPLICE_F_MOVE: 1,
  SPLICE_F_NONBLOCK: 2,
  SPLICE_F_MORE: 4,
  SPLICE_F_GIFT: 8,
} as const;

/** preadv2(2), pwritev2(2). */
export const READ_WRITE_FLAGS = {
  RWF_HIPRI: 1,
  RWF_DSYNC: 2,
  RWF_SYNC: 4,
  RWF_NOWAIT: 8,
  RWF_APPEND: 0x10,
} as const;

/** close_range(2). */
export const CLOSE_RANGE_FLAGS = {
  CLOSE_RANGE_UNSHARE: 2,
  CLOSE_RANGE_CLOEXEC: 4,
} as const;

/** sync_file_range(2). */
export const SYNC_RANGE_FLAGS = {
  SYNC_FILE_RANGE_WAIT_BEFORE: 1,
  SYNC_FILE_RANGE_WRITE: 2,
  SYNC_FILE_RANGE_WAIT_AFTER: 4,
} as const;

/** setxattr(2). */
export const XATTR_FLAGS = {
  XATTR_CREATE: 1,
  XATTR_REPLACE: 2,
} as const;

/** mount(2). */
export const MOUNT_FLAGS = {
  MS_RDONLY: 1,
  MS_NOSUID: 2,
  MS_NODEV: 4,
  MS_NOEXEC: 8,
  MS_SYNCHRONOUS: 0x10,
  MS_REMOUNT: 0x20,
  MS_MANDLOCK: 0x40,
  MS_DIRSYNC: 0x80,
  MS_NOSYMFOLLOW: 0x100,
  MS_NOATIME: 0x400,
  MS_NODIRATIME: 0x800,
  MS_BIND: 0x1000,
  MS_MOVE: 0x2000,
  MS_REC: 0x4000,
  MS_SILENT: 0x8000,
  MS_POSIXACL: 0x10000,
  MS_UNBINDABLE: 0x20000,
  MS_PRIVATE: 0x40000,
  MS_SLAVE: 0x80000,
  MS_SHARED: 0x100000,
  MS_RELATIME: 0x200000,
  MS_I_VERSION: 0x800000,
  MS_STRICTATIME: 0x1000000,
  MS_LAZYTIME: 0x2000000,
} as const;

/** umount2(2). */
export const UMOUNT_FLAGS = {
  MNT_FORCE: 1,
  MNT_DETACH: 2,
  MNT_EXPIRE: 4,
  UMOUNT_NOFOLLOW: 8,
} as const;

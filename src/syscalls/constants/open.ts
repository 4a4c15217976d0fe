/**
 * open(2), fcntl(2), access(2): include/uapi/asm-generic/fcntl.h, linux/fcntl.h, linux/openat2.h,
 * checked against Linux 6.1 headers.
 */
/** The low two bits of the open flags. */
export const ACCESS_MODES = {
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
} as const;

/** The other open flags. */
export const OPEN_FLAGS = {
  O_CREAT: 0x40,
  O_EXCL: 0x80,
  O_NOCTTY: 0x100,
  O_TRUNC: 0x200,
  O_APPEND: 0x400,
  O_NONBLOCK: 0x800,
  O_DSYNC: 0x1000,
  O_DIRECT: 0x4000,
  O_LARGEFILE: 0x8000,
  O_DIRECTORY: 0x10000,
  O_NOFOLLOW: 0x20000,
  O_NOATIME: 0x40000,
  O_CLOEXEC: 0x80000,
  O_SYNC: 0x101000,
  O_PATH: 0x200000,
  O_TMPFILE: 0x410000,
} as const;

/** openat2: open_how.resolve. */
export const RESOLVE_FLAGS = {
  RESOLVE_NO_XDEV: 1,
  RESOLVE_NO_MAGICLINKS: 2,
  RESOLVE_NO_SYMLINKS: 4,
  RESOLVE_BENEATH: 8,
  RESOLVE_IN_ROOT: 0x10,
  RESOLVE_CACHED: 0x20,
} as const;

/** access(2). */
export const ACCESS_CHECKS = {
  F_OK: 0,
  X_OK: 1,
  W_OK: 2,
  R_OK: 4,
} as const;

/** The *at calls. */
export const AT_FLAGS = {
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_SYMLINK_FOLLOW: 0x400,
  AT_NO_AUTOMOUNT: 0x800,
  AT_EMPTY_PATH: 0x1000,
  AT_STATX_FORCE_SYNC: 0x2000,
  AT_STATX_DONT_SYNC: 0x4000,
  AT_RECURSIVE: 0x8000,
} as const;

/** faccessat2(2). */
export const ACCESS_AT_FLAGS = {
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_EACCESS: 0x200,
  AT_EMPTY_PATH: 0x1000,
} as const;

/** unlinkat(2). */
export const UNLINK_AT_FLAGS = {
  AT_REMOVEDIR: 0x200,
} as const;

/** fcntl(2). */
export const FCNTL_COMMANDS = {
  F_DUPFD: 0,
  F_GETFD: 1,
  F_SETFD: 2,
  F_GETFL: 3,
  F_SETFL: 4,
  F_GETLK: 5,
  F_SETLK: 6,
  F_SETLKW: 7,
  F_SETOWN: 8,
  F_GETOWN: 9,
  F_SETSIG: 10,
  F_GETSIG: 11,
  F_SETOWN_EX: 15,
  F_GETOWN_EX: 16,
  F_GETOWNER_UIDS: 17,
  F_OFD_GETLK: 36,
  F_OFD_SETLK: 37,
  F_OFD_SETLKW: 38,
  F_SETLEASE: 1024,
  F_GETLEASE: 1025,
  F_NOTIFY: 1026,
  F_DUPFD_QUERY: 1027,
  F_CREATED_QUERY: 1028,
  F_CANCELLK: 1029,
  F_DUPFD_CLOEXEC: 1030,
  F_SETPIPE_SZ: 1031,
  F_GETPIPE_SZ: 1032,
  F_ADD_SEALS: 1033,
  F_GET_SEALS: 1034,
  F_GET_RW_HINT: 1035,
  F_SET_RW_HINT: 1036,
  F_GET_FILE_RW_HINT: 1037,
  F_SET_FILE_RW_HINT: 1038,
} as const;

/** F_SETFD. */
export const DESCRIPTOR_FLAGS = {
  FD_CLOEXEC: 1,
} as const;

/** struct flock. */
export const LOCK_TYPES = {
  F_RDLCK: 0,
  F_WRLCK: 1,
  F_UNLCK: 2,
} as const;

/** flock(2). */
export const FLOCK_OPERATIONS = {
  LOCK_SH: 1,
  LOCK_EX: 2,
  LOCK_NB: 4,
  LOCK_UN: 8,
} as const;

/** F_ADD_SEALS. */
export const SEALS = {
  F_SEAL_SEAL: 1,
  F_SEAL_SHRINK: 2,
  F_SEAL_GROW: 4,
  F_SEAL_WRITE: 8,
  F_SEAL_FUTURE_WRITE: 0x10,
  F_SEAL_EXEC: 0x20,
} as const;

/** renameat2(2). */
export const RENAME_FLAGS = {
  RENAME_NOREPLACE: 1,
  RENAME_EXCHANGE: 2,
  RENAME_WHITEOUT: 4,
} as const;

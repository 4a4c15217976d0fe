/**
 * What file calls tell: arch/x86/include/uapi/asm/stat.h, include/uapi/linux/stat.h,
 * asm-generic/statfs.h, checked against Linux 6.1.
 */
import { ACCESS_AT_FLAGS, ACCESS_CHECKS, ACCESS_MODES, AT_FLAGS, OPEN_FLAGS, RENAME_FLAGS, RESOLVE_FLAGS, UNLINK_AT_FLAGS } from '../constants/open.js';
import * as constants from '../constants/files.js';
import { u16, u32, u64, word } from '../little-endian.js';
import { bytes as anyBytes, quote, quoteStyled } from './bytes.js';
import type { Comparison, MemoryKind, ScalarKind } from './kind.js';
import { byValue, choiceOf, flagsOf } from './names.js';
import { device, fileOffset, hex, inode, int, long, measured, scalar, size, uint, ulong, userId } from './numbers.js';
import { abbreviated, membersShown, struct } from './struct.js';
import { dateComment, toldTimespec } from './time.js';
import { styled } from './styled.js';

export const openFlags = flagsOf('open flags', OPEN_FLAGS, {
  field: { mask: 3, table: ACCESS_MODES },
  last: ['O_LARGEFILE', 'O_NOFOLLOW', 'O_NOATIME', 'O_CLOEXEC', 'O_PATH', 'O_TMPFILE', 'O_DIRECTORY'],
});
export const descriptorFlags = flagsOf('descriptor flags', { O_CLOEXEC: OPEN_FLAGS.O_CLOEXEC, O_NONBLOCK: OPEN_FLAGS.O_NONBLOCK, O_DIRECT: OPEN_FLAGS.O_DIRECT });
export const accessChecks = flagsOf('access checks', ACCESS_CHECKS, { last: ['R_OK', 'W_OK', 'X_OK'] });
export const atFlags = flagsOf('at flags', AT_FLAGS);
export const accessAtFlags = flagsOf('access at flags', ACCESS_AT_FLAGS);
export const unlinkAtFlags = flagsOf('unlink at flags', UNLINK_AT_FLAGS);
export const renameFlags = flagsOf('rename flags', RENAME_FLAGS);
export const seekOrigin = choiceOf('seek origin', constants.SEEK_ORIGINS);
export const statxMask = flagsOf('statx mask', constants.STATX_MASK, { doubt: 'STATX_???' });
export const fallocateMode = flagsOf('fallocate mode', constants.FALLOCATE_MODES);
export const fileAdvice = choiceOf('file advice', constants.FILE_ADVICE);
export const spliceFlags = flagsOf('splice flags', constants.SPLICE_FLAGS);
export const readWriteFlags = flagsOf('read and write flags', constants.READ_WRITE_FLAGS);
export const epollCreateFlags = flagsOf('epoll_create flags', constants.EPOLL_CREATE_FLAGS);
export const epollOperation = choiceOf('epoll operation', constants.EPOLL_OPERATIONS);
export const eventfdFlags = flagsOf('eventfd flags', constants.EVENTFD_FLAGS);
export const inotifyFlags = flagsOf('inotify flags', constants.INOTIFY_FLAGS);
export const inotifyEvents = flagsOf('inotify events', constants.INOTIFY_EVENTS);
export const memfdFlags = flagsOf('memfd flags', constants.MEMFD_FLAGS);
export const closeRangeFlags = flagsOf('close_range flags', constants.CLOSE_RANGE_FLAGS);
export const syncRangeFlags = flagsOf('sync_file_range flags', constants.SYNC_RANGE_FLAGS);
export const xattrFlags = flagsOf('xattr flags', constants.XATTR_FLAGS);
export const mountFlags = flagsOf('mount flags', constants.MOUNT_FLAGS, { bytes: 8 });
export const umountFlags = flagsOf('umount flags', constants.UMOUNT_FLAGS);

const FORMAT_MASK = 0o170000;
const formats = byValue(constants.FILE_TYPES);

function modeOf(name: string, bytes: number, compare: Comparison = 'same'): ScalarKind {
  return scalar(name, {
    bytes,
    compare,
    show: modeText,
    strace: (value, style) => (formats.has(Number(value) & FORMAT_MASK) ? styled(style, `0${value.toString(8)}`, modeText(value).replace(/0(?=[1-7]{1,2}$)/, '0')) : modeText(value)),
  });
}

function modeText(value: bigint): string {
  const format = formats.get(Number(value) & FORMAT_MASK);
  const octal = (Number(value) & ~FORMAT_MASK).toString(8);
  const permissions = octal === '0' ? '000' : `0${octal}`;
  return format === undefined ? permissions : `${format}|${permissions}`;
}
/** Permissions and, for mknod and stat, the file's type. */
export const fileMode = modeOf('file mode', 4);
const fileMode16 = modeOf('file mode', 2);
/** A device number as mknod takes it. */
export const newDevice = device;

const timestamp = toldTimespec;

const wholeStat = struct('stat', 144, {
  st_dev: [0, device],
  st_ino: [8, inode],
  st_mode: [24, fileMode],
  st_nlink: [16, ulong],
  st_uid: [28, userId],
  st_gid: [32, userId],
  st_rdev: [40, device],
  st_size: [48, fileOffset],
  st_blksize: [56, long],
  st_blocks: [64, { ...long, compare: 'inode' }],
  st_atime: [72, timestamp],
  st_mtime: [88, timestamp],
  st_ctime: [104, timestamp],
});

const ST_MODE = 24;
const isDevice = (bytes: Uint8Array): boolean => [constants.FILE_TYPES.S_IFCHR, constants.FILE_TYPES.S_IFBLK].includes((u16(bytes, ST_MODE) & FORMAT_MASK) as never);
const statTimes = { st_atime: 72, st_mtime: 88, st_ctime: 104 };
const shortStat = abbreviated(wholeStat, (bytes) => (isDevice(bytes) ? ['st_mode', 'st_rdev'] : ['st_mode', 'st_size']));
const memberNamed = (name: string): NonNullable<MemoryKind['members']> => wholeStat.members!.filter((member) => member.name === name);
export const stat: MemoryKind = {
  ...wholeStat,
  strace(bytes, length, words) {
    if (!words.style.verbose || bytes.length < wholeStat.size) return shortStat.strace!(bytes, length, words);
    const names = ['st_dev', 'st_ino', 'st_mode', 'st_nlink', 'st_uid', 'st_gid', 'st_blksize', 'st_blocks', isDevice(bytes) ? 'st_rdev' : 'st_size'];
    const shown = names.map((name) => membersShown(memberNamed(name), bytes, words));
    for (const [name, at] of Object.entries(statTimes)) shown.push(`${name}=${u64(bytes, at)}${dateComment(u64(bytes, at), u64(bytes, at + 8), 9)}`, `${name}_nsec=${u64(bytes, at + 8)}`);
    return `{${shown.join(', ')}}`;
  },
};

const statxTime = struct('statx_timestamp', 16, { tv_sec: [0, measured], tv_nsec: [8, scalar('measured', { bytes: 4, compare: 'varying' })] });

const wholeStatx = struct('statx', 256, {
  stx_mask: [0, statxMask],
  stx_blksize: [4, uint],
  stx_attributes: [8, scalar('statx attributes', { bytes: 8, show: hex })],
  stx_nlink: [16, uint],
  stx_uid: [20, userId],
  stx_gid: [24, userId],
  stx_mode: [28, fileMode16],
  stx_ino: [32, inode],
  stx_size: [40, size],
  stx_blocks: [48, { ...size, compare: 'inode' }],
  stx_atime: [64, statxTime],
  stx_btime: [80, statxTime],
  stx_ctime: [96, statxTime],
  stx_mtime: [112, statxTime],
});
export const statx = abbreviated(wholeStatx, ['stx_mask', 'stx_attributes', 'stx_mode', 'stx_size']);

const DIRECTORY_TYPES: Readonly<Record<number, string>> = {
  0: 'DT_UNKNOWN', 1: 'DT_FIFO', 2: 'DT_CHR', 4: 'DT_DIR', 6: 'DT_BLK', 8: 'DT_REG', 10: 'DT_LNK', 12: 'DT_SOCK', 14: 'DT_WHT',
};

/** struct linux_dirent64 and linux_dirent, include/linux/dirent.h, fs/readdir.c: where names begin. */
function entries(name: string, nameAt: number): MemoryKind {
  return {
    name,
    size: 1,
    compare: 'same',
    whole: true,
    strace(bytes, _length, { style }) {
      const list: string[] = [];
      for (let at = 0, length = 0; at + nameAt < bytes.length; at += length) {
        length = u16(bytes, at + 16);
        if (length <= nameAt) break;
        const entry = bytes.subarray(at, at + length);
        const type = DIRECTORY_TYPES[(nameAt === 19 ? entry[18] : entry.at(-1)) ?? 0] ?? 'DT_UNKNOWN';
        const text = entry.subarray(nameAt, nameAt === 19 ? length : length - 1);
        const name = quoteStyled(text.subarray(0, Math.max(0, text.indexOf(0))), style);
        const [head, tail] = nameAt === 19 ? [`d_type=${type}, d_name=${name}`, ''] : [`d_name=${name}`, `, d_type=${type}`];
        list.push(`{d_ino=${u64(entry, 0)}, d_off=${word(entry, 8, 8)}, d_reclen=${length}, ${head}${tail}}`);
      }
      return style.verbose ? `[${list.join(', ')}]` : `${list.length}`;
    },
    show(bytes, _length, words) {
      if (!words) return anyBytes.show(bytes, bytes.length);
      const names: string[] = [];
      for (let at = 0, length = 0; at + nameAt < bytes.length; at += length) {
        length = u16(bytes, at + 16);
        if (length <= nameAt) break;
        const text = bytes.subarray(at + nameAt, at + length);
        const end = text.indexOf(0);
        names.push(quote(end < 0 ? text : text.subarray(0, end)));
      }
      return `[${names.join(', ')}]`;
    },
  };
}
/** Without inodes and offsets, where a canonical form is asked for. */
export const directoryEntries = entries('directory entries', 19);
export const oldDirectoryEntries = entries('old directory entries', 18);

const systemTypes = choiceOf('file system type', constants.FILE_SYSTEM_TYPES, { bytes: 8 });
const statfsFlags = flagsOf('statfs flags', constants.STATFS_FLAGS, { bytes: 8, doubt: 'ST_???' });
const systemId: MemoryKind = {
  ...anyBytes,
  name: 'file system id',
  size: 8,
  strace: (bytes) => `{val=[${hex(u32(bytes, 0))}, ${hex(u32(bytes, 4))}]}`,
};

const wholeStatfs = struct('statfs', 120, {
  f_type: [0, { ...scalar('file system type', { bytes: 8, show: hex }), strace: systemTypes.strace! }],
  f_bsize: [8, long],
  f_blocks: [16, measured],
  f_bfree: [24, measured],
  f_bavail: [32, measured],
  f_files: [40, measured],
  f_ffree: [48, measured],
  f_namelen: [64, long],
  f_frsize: [72, long],
  f_flags: [80, { ...scalar('mount flags', { bytes: 8, show: hex }), strace: statfsFlags.strace! }],
});
const beforeId = ['f_type', 'f_bsize', 'f_blocks', 'f_bfree', 'f_bavail', 'f_files', 'f_ffree'];
export const statfs: MemoryKind = {
  ...wholeStatfs,
  strace(bytes, _length, words) {
    const members = wholeStatfs.members!;
    const head = members.filter(({ name }) => beforeId.includes(name));
    const tail = members.filter(({ name }) => !beforeId.includes(name));
    return `{${membersShown(head, bytes, words)}, f_fsid=${systemId.strace!(bytes.subarray(56, 64), 8, words)}, ${membersShown(tail, bytes, words)}}`;
  },
};

export const ustat = struct('ustat', 32, { f_tfree: [0, int], f_tinode: [8, ulong] });
export const openHow = struct('open_how', 24, {
  flags: [0, { ...openFlags, size: 8 }],
  mode: [8, { ...fileMode, size: 8 }],
  resolve: [16, flagsOf('resolve flags', RESOLVE_FLAGS, { bytes: 8 })],
});

/** Plain numbers: counts, descriptors, identities, addresses. */
import type { Comparison, ScalarKind, Style } from './kind.js';
import { styled } from './styled.js';

interface ScalarShape {
  readonly bytes: number;
  /** Unsigned unless told. */
  readonly signed?: boolean;
  /** `same` unless told. */
  readonly compare?: Comparison;
  /** Decimal unless told. */
  readonly show?: (value: bigint) => string;
  readonly strace?: (value: bigint, style: Style) => string;
}

/** A value that fits a register. */
export function scalar(name: string, { bytes, signed = false, compare = 'same', show = decimal, strace }: ScalarShape): ScalarKind {
  return { name, size: bytes, signed, compare, show, ...(strace && { strace }) };
}

function decimal(value: bigint): string {
  return value.toString();
}

/** A number as C programmers write addresses and bits. */
export const hex = (value: number | bigint): string => (BigInt(value) === 0n ? '0' : `0x${value.toString(16)}`);

const octal = (value: bigint): string => (value === 0n ? '0' : `0${value.toString(8)}`);

export const int = scalar('int', { bytes: 4, signed: true });
export const uint = scalar('uint', { bytes: 4 });
export const short = scalar('short', { bytes: 2, signed: true });
export const ushort = scalar('ushort', { bytes: 2 });
export const byte = scalar('byte', { bytes: 1 });
export const long = scalar('long', { bytes: 8, signed: true });
export const ulong = scalar('ulong', { bytes: 8 });
/** A number of bytes or of things. */
export const size = scalar('size', { bytes: 8 });
/** A place in a file. */
export const fileOffset = scalar('file offset', { bytes: 8, signed: true });
/** Bits that have no names here. */
export const bits64 = scalar('bits', { bytes: 8, show: hex });
export const bits32 = scalar('bits', { bytes: 4, show: hex });
export const bits16 = scalar('bits', { bytes: 2, show: hex });
/** A lock's futex: the owner's thread id, FUTEX_WAITERS and FUTEX_OWNER_DIED. */
export const lockWord = scalar('lock word', { bytes: 4, compare: 'lock', show: hex });
/** A mask of permissions. */
export const permissions = scalar('permissions', { bytes: 4, show: octal });

export const descriptor = scalar('descriptor', { bytes: 4, signed: true, compare: 'descriptor' });
/** The working folder in the place of a descriptor, linux/fcntl.h. */
export const AT_FDCWD = -100;
/** A directory that relative paths start from. */
export const folder = scalar('folder', {
  bytes: 4,
  signed: true,
  compare: 'descriptor',
  show: (value) => (value === BigInt(AT_FDCWD) ? 'AT_FDCWD' : value.toString()),
  strace: (value, style) => styled(style, value.toString(), value === BigInt(AT_FDCWD) ? 'AT_FDCWD' : undefined),
});
export const processId = scalar('process id', { bytes: 4, signed: true, compare: 'process' });
export const userId = scalar('user id', { bytes: 4, signed: true, compare: 'user' });
/** Of TCP or UDP. */
export const portNumber = scalar('port', { bytes: 2, compare: 'port' });
/** Which processor a task runs on. */
export const processor = scalar('processor', { bytes: 4, compare: 'processor' });
/** A number that the kernel gave a thing: a timer, a queue, a key. */
export const identifier = scalar('identifier', { bytes: 4, signed: true, compare: 'identifier' });
export const inode = scalar('inode', { bytes: 8, compare: 'inode' });
/** Major and minor number, include/linux/kdev_t.h (new_decode_dev). */
export const deviceParts = (value: bigint): readonly [bigint, bigint] => [(value >> 8n) & 0xfffn, (value & 0xffn) | ((value >> 12n) & 0xfff00n)];
export const device = scalar('device', {
  bytes: 8,
  compare: 'inode',
  show: hex,
  strace(value, { names }) {
    const text = `makedev(${deviceParts(value).map(hex).join(', ')})`;
    return { raw: hex(value), abbrev: text, verbose: `${hex(value)} /* ${text} */` }[names];
  },
});

/** An address whose content does not show. */
export const address = scalar('address', {
  bytes: 8,
  compare: 'address',
  show: (value) => (value === 0n ? 'NULL' : hex(value)),
});

/** A time, a load, a counter: no two runs agree on it. */
export const measured = scalar('measured', { bytes: 8, signed: true, compare: 'varying' });
/** A time of day or since a start, in seconds. */
export const seconds = scalar('seconds', { bytes: 8, signed: true, compare: 'varying' });

/** Kinds whose bytes no rule for structures and lists gives, by their names. */
import { isIP } from 'node:net';
import { constantNamed, siginfoCodeNamed } from '../syscalls/index.js';
import type { Member, StructValue, Value } from './value.js';

type Encoder = (value: Value) => Uint8Array | undefined;

const SIGNALS = 64;

/** `[INT USR1]`, `~[RTMIN RT_1]`, `[SIGINT 33]`. */
function signalSet(value: Value): Uint8Array | undefined {
  if (value.type !== 'list' || value.cut) return undefined;
  let set = 0n;
  for (const item of value.items) {
    const number = signalNumber(item);
    if (number === undefined || number < 1 || number > SIGNALS) return undefined;
    set |= 1n << BigInt(number - 1);
  }
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value.inverted ? BigInt.asUintN(64, ~set) : set, true);
  return bytes;
}

function signalNumber(item: Value): number | undefined {
  if (item.type === 'number') return Number(item.value);
  const named = constantNamed(`SIG${item.text}`);
  return named === undefined ? undefined : Number(named);
}

/** Descriptors or processors: `[3 5]`, `[0, 1]`. In whole words. */
const bitSet =
  (unit: number): Encoder =>
  (value) => {
    if (value.type !== 'list' || value.cut || value.inverted) return undefined;
    const members = value.items.map((item) => (item.type === 'number' ? Number(item.value) : -1));
    if (members.some((member) => member < 0 || member > MOST_BITS)) return undefined;
    const bytes = new Uint8Array(Math.ceil((Math.max(-1, ...members) + 1) / (unit * 8)) * unit);
    for (const member of members) bytes[member >> 3]! |= 1 << (member & 7);
    return bytes;
  };
const MOST_BITS = 65535;

interface Field {
  readonly at: number;
  readonly size: 2 | 4 | 8;
}

/** siginfo_t, include/uapi/asm-generic/siginfo.h of Linux 6.6. */
const SIGINFO_FIELDS: Readonly<Record<string, Field>> = {
  si_signo: { at: 0, size: 4 },
  si_errno: { at: 4, size: 4 },
  si_code: { at: 8, size: 4 },
  si_pid: { at: 16, size: 4 },
  si_uid: { at: 20, size: 4 },
  si_status: { at: 24, size: 4 },
  si_utime: { at: 32, size: 8 },
  si_stime: { at: 40, size: 8 },
  si_timerid: { at: 16, size: 4 },
  si_overrun: { at: 20, size: 4 },
  si_int: { at: 24, size: 4 },
  si_ptr: { at: 24, size: 8 },
  si_addr: { at: 16, size: 8 },
  si_band: { at: 16, size: 8 },
  si_fd: { at: 24, size: 4 },
  si_call_addr: { at: 16, size: 8 },
  si_syscall: { at: 24, size: 4 },
};
const SIGINFO_SIZE = 128;

/** What is known of a siginfo: members that have no place above are left out. */
export function siginfoBytes(value: Value, signal: number): Uint8Array | undefined {
  if (value.type !== 'struct') return undefined;
  const bytes = new Uint8Array(SIGINFO_SIZE);
  for (const { name, value: given } of flattened(value)) {
    const field = SIGINFO_FIELDS[name ?? ''];
    const number = given.type === 'number' ? given.value : name === 'si_code' ? siginfoCodeNamed(given.text, signal) : undefined;
    if (field && number !== undefined) put(bytes, field, BigInt(number));
  }
  return bytes;
}

// si_value is written as a union of si_int and si_ptr: the wider comes last.
const flattened = (value: StructValue): Member[] =>
  value.members.flatMap((member) => (member.value.type === 'struct' ? flattened(member.value) : [member]));

function put(bytes: Uint8Array, { at, size }: Field, value: bigint): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 8) view.setBigUint64(at, BigInt.asUintN(64, value), true);
  else if (size === 4) view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
  else view.setUint16(at, Number(BigInt.asUintN(16, value)), true);
}

const siginfo: Encoder = (value) => {
  if (value.type !== 'struct' || value.cut) return undefined;
  const number = value.members.find(({ name }) => name === 'si_signo')?.value;
  return number?.type === 'number' ? siginfoBytes(value, Number(number.value)) : undefined;
};

/** Socket addresses: include/uapi/linux/un.h, in.h, netlink.h, checked against Linux 6.1. */
const sockaddr: Encoder = (value) => {
  if (value.type !== 'struct' || value.cut) return undefined;
  const member = new Map(value.members.map(({ name, value: given }) => [(name ?? '').replace(/^Family$/, 'sa_family').replace(/^Addr$/, 'address'), given]));
  const family = member.get('sa_family');
  if (family?.type !== 'number') return undefined;
  const make = ADDRESSES.get(Number(family.value));
  const bytes = make?.(member);
  if (bytes) new DataView(bytes.buffer, bytes.byteOffset).setUint16(0, Number(family.value), true);
  return bytes;
};

type Members = ReadonlyMap<string, Value>;

const PATH_AT = 2;

function unixAddress(member: Members): Uint8Array | undefined {
  const path = member.get('sun_path') ?? member.get('address');
  if (path === undefined) return new Uint8Array(PATH_AT);
  if (path.type !== 'string' || path.cut) return undefined;
  return Uint8Array.from([0, 0, ...path.bytes, ...(path.bytes[0] === 0 ? [] : [0])]);
}

function inetAddress(member: Members): Uint8Array | undefined {
  const [port, host] = [member.get('sin_port') ?? member.get('Port'), member.get('sin_addr') ?? member.get('address')];
  const text = host?.type === 'string' ? Buffer.from(host.bytes).toString('latin1') : '';
  if (port?.type !== 'number' || isIP(text) !== 4) return undefined;
  return Uint8Array.from([0, 0, ...bigEndianPort(port.value), ...text.split('.').map(Number), 0, 0, 0, 0, 0, 0, 0, 0]);
}

const bigEndianPort = (port: bigint): [number, number] => [Number(port >> 8n) & 0xff, Number(port) & 0xff];

function netlinkAddress(member: Members): Uint8Array | undefined {
  const [pid, groups] = [member.get('nl_pid'), member.get('nl_groups')];
  if (pid?.type !== 'number' || groups?.type !== 'number') return undefined;
  const bytes = new Uint8Array(12);
  put(bytes, { at: 4, size: 4 }, pid.value);
  put(bytes, { at: 8, size: 4 }, groups.value);
  return bytes;
}

/** include/linux/socket.h */
const ADDRESSES: ReadonlyMap<number, (member: Members) => Uint8Array | undefined> = new Map([
  [1, unixAddress],
  [2, inetAddress],
  [16, netlinkAddress],
]);

export const NAMED_KINDS: ReadonlyMap<string, Encoder> = new Map<string, Encoder>([
  ['signal set', signalSet],
  ['descriptor set', bitSet(8)],
  ['processor set', bitSet(1)],
  ['siginfo', siginfo],
  ['socket address', sockaddr],
]);

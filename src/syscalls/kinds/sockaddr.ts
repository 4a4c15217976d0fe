/**
 * Socket addresses, by family: include/uapi/linux/un.h, in.h, in6.h, netlink.h, if_packet.h,
 * checked against Linux 6.1.
 */
import { FAMILIES } from '../constants/sockets.js';
import { i32, u16, u32 } from '../little-endian.js';
import { bytes as anyBytes, quote } from './bytes.js';
import { PLAIN, showScalar, type MemoryKind, type Wording } from './kind.js';
import { hex, portNumber, processId } from './numbers.js';
import { styled } from './styled.js';
import { byValue } from './names.js';

const families = byValue(FAMILIES);
const port = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);

const showPort = (bytes: Uint8Array, words: Wording): string => showScalar(portNumber, BigInt(port(bytes, 2)), words);

function showUnix(bytes: Uint8Array): string {
  const name = bytes.subarray(2);
  if (name.length === 0) return 'AF_UNIX';
  // A leading zero byte makes the name abstract: all the bytes count.
  if (name[0] === 0) return `AF_UNIX, sun_path=@${quote(name.subarray(1))}`;
  const end = name.indexOf(0);
  return `AF_UNIX, sun_path=${quote(end < 0 ? name : name.subarray(0, end))}`;
}

function showInet(bytes: Uint8Array, words: Wording): string {
  return `AF_INET, sin_port=htons(${showPort(bytes, words)}), sin_addr=inet_addr("${[...bytes.subarray(4, 8)].join('.')}")`;
}

function showInet6(bytes: Uint8Array, words: Wording): string {
  const groups: string[] = [];
  for (let at = 8; at < 24; at += 2) groups.push(port(bytes, at).toString(16));
  return `AF_INET6, sin6_port=htons(${showPort(bytes, words)}), sin6_addr="${groups.join(':')}", sin6_scope_id=${u32(bytes, 24)}`;
}

/** Undefined where strace shows what `show` shows. */
function straceText(family: number, bytes: Uint8Array, words: Wording): string | undefined {
  if (family === FAMILIES.AF_NETLINK && bytes.length >= 12) {
    return `{sa_family=AF_NETLINK, nl_pid=${showScalar(processId, BigInt(i32(bytes, 4)), words)}, nl_groups=${u32(bytes, 8).toString(16).padStart(8, '0')}}`;
  }
  if (family !== FAMILIES.AF_INET6 || bytes.length < 28) return undefined;
  const flow = port(bytes, 4) * 65536 + port(bytes, 6);
  return `{sa_family=AF_INET6, sin6_port=htons(${port(bytes, 2)}), sin6_flowinfo=htonl(${flow}), inet_pton(AF_INET6, "${shortAddress(bytes)}", &sin6_addr), sin6_scope_id=${u32(bytes, 24)}}`;
}

/** RFC 5952: `::` stands for the longest run of zeroes. */
function shortAddress(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => port(bytes, 8 + index * 2));
  let [start, length] = [0, 0];
  for (let from = 0; from < groups.length; from++) {
    let to = from;
    while (groups[to] === 0) to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  return length < 2 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

const SHOWN: ReadonlyMap<number, (bytes: Uint8Array, words: Wording) => string> = new Map([
  [FAMILIES.AF_UNIX, showUnix],
  [FAMILIES.AF_INET, showInet],
  [FAMILIES.AF_INET6, showInet6],
  [FAMILIES.AF_NETLINK, (bytes: Uint8Array, words: Wording) => `AF_NETLINK, nl_pid=${showScalar(processId, BigInt(i32(bytes, 4)), words)}, nl_groups=0x${u32(bytes, 8).toString(16)}`],
  [FAMILIES.AF_PACKET, (bytes: Uint8Array) => `AF_PACKET, sll_protocol=htons(${port(bytes, 2)}), sll_ifindex=${i32(bytes, 4)}`],
] as [number, (bytes: Uint8Array, words: Wording) => string][]);

/** Of any family; how many bytes, the neighbour argument says. */
export const sockaddr: MemoryKind = {
  name: 'socket address',
  size: 1,
  compare: 'same',
  whole: true,
  strace(bytes, length, words) {
    const family = bytes.length < 2 ? -1 : u16(bytes, 0);
    const text = straceText(family, bytes, words) ?? this.show(bytes, length, words);
    const name = families.get(family);
    return name === undefined ? text : text.replace(`sa_family=${name}`, `sa_family=${styled(words.style, hex(family), name)}`);
  },
  show(bytes, _length, words = PLAIN) {
    if (bytes.length < 2) return bytes.length === 0 ? '{}' : anyBytes.show(bytes, bytes.length);
    const family = u16(bytes, 0);
    const show = SHOWN.get(family);
    if (show) return `{sa_family=${show(bytes, words)}}`;
    return `{sa_family=${families.get(family) ?? family}, sa_data=${anyBytes.show(bytes.subarray(2), bytes.length - 2)}}`;
  },
};

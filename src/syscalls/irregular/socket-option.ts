/** The option of getsockopt(2): its name, and what is told of it, depend on the level. */
import { value, writes, type Description } from '../argument.js';
import { cases, choice } from '../choice.js';
import { IPV6_OPTIONS, IP_OPTIONS, LEVELS, SOCKET_OPTIONS, TCP_OPTIONS } from '../constants/sockets.js';
import { lengthAt } from '../extent.js';
import { bytes, hostBytes } from '../kinds/bytes.js';
import type { MemoryKind } from '../kinds/kind.js';
import { choiceOf } from '../kinds/names.js';
import { int, processId, userId } from '../kinds/numbers.js';
import { struct } from '../kinds/struct.js';

const unknown = (number: bigint): string => number.toString();

export const optionName: Description = choice({
  by: 'level',
  cases: new Map([
    [LEVELS.SOL_SOCKET, value(choiceOf('socket option', SOCKET_OPTIONS, { unknown }))],
    [LEVELS.SOL_TCP, value(choiceOf('TCP option', TCP_OPTIONS, { unknown }))],
    [LEVELS.SOL_IP, value(choiceOf('IP option', IP_OPTIONS, { unknown }))],
    [LEVELS.SOL_IPV6, value(choiceOf('IPv6 option', IPV6_OPTIONS, { unknown }))],
  ] as [number, Description][]),
  otherwise: int,
});

const ucred = struct('ucred', 12, { pid: [0, processId], uid: [4, userId], gid: [8, userId] });
/** linux/socket.h; a caller with less room gets its beginning. */
const credentials: MemoryKind = {
  ...ucred,
  whole: true,
  show: (content, length, words) => (content.length < ucred.size ? bytes : ucred).show(content, length, words),
};

const stored = (kind: MemoryKind): Description => writes(kind, lengthAt('length'));

/** What getsockopt stores. */
export const optionValue: Description = choice({
  by: 'level',
  cases: cases(LEVELS, {
    SOL_SOCKET: choice({
      by: 'option',
      cases: cases(SOCKET_OPTIONS, {
        SO_PEERCRED: stored(credentials),
        SO_COOKIE: stored(hostBytes),
        SO_INCOMING_CPU: stored(hostBytes),
        SO_INCOMING_NAPI_ID: stored(hostBytes),
      }),
      otherwise: stored(bytes),
    }),
    // Round trips, windows, counters.
    SOL_TCP: choice({ by: 'option', cases: cases(TCP_OPTIONS, { TCP_INFO: stored(hostBytes) }), otherwise: stored(bytes) }),
  }),
  otherwise: stored(bytes),
});
